/** A function, packaged once: the image that runs on Lambda and on every pool. */
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import type { Architecture } from "../settings/function-entry";
import { ContainerImage } from "./container-image";
import { contentTag } from "./content-tag";
import { imageConfigOf, type ImageConfig } from "./dockerfile";

export interface FunctionImageArgs {
  /** The function's folder, with its Dockerfile; relative to the project. */
  readonly context: string;
  /** The image that was built from it elsewhere, at a digest. @default built here. */
  readonly imageUri?: string | undefined;
  /** @default x86_64 */
  readonly architecture?: Architecture;
  readonly key: EncryptionKey;
  /** Refuse to delete the repository, and stop at one that still holds images. */
  readonly retain: boolean;
}

export class FunctionImage extends pulumi.ComponentResource {
  readonly image: ContainerImage;
  readonly config: ImageConfig;

  constructor(name: string, args: FunctionImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:FunctionImage", name, {}, opts);
    this.config = this.#readConfig(args.context);
    const { architecture = "x86_64", ...rest } = args;
    this.image = new ContainerImage(
      name,
      { ...rest, architecture, forLambda: true, tag: contentTag(args.context, ["."]) },
      { parent: this },
    );
    this.registerOutputs({ imageUri: this.image.imageUri });
  }

  #readConfig(context: string): ImageConfig {
    try {
      return imageConfigOf(context);
    } catch (error) {
      throw new pulumi.ResourceError(error instanceof Error ? error.message : String(error), this, true);
    }
  }
}

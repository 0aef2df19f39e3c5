/** A function, packaged once: the image that runs on Lambda and on every pool. */
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import type { Architecture } from "../settings/function-entry";
import { ContainerImage } from "./container-image";
import { contentTag } from "./content-tag";
import { imageConfigOf, type ImageConfig } from "./dockerfile";

export interface FunctionImageArgs {
  /** The function's folder, with its Dockerfile; relative to the project. Needed unless imageUri and config are given. */
  readonly context?: string | undefined;
  /** The image that was built from it elsewhere, at a digest. @default built here. */
  readonly imageUri?: string | undefined;
  /** What runs in it. @default what the Dockerfile says. */
  readonly config?: ImageConfig | undefined;
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
    const { architecture = "x86_64", config, context, ...rest } = args;
    const folder = context ?? (config === undefined || args.imageUri === undefined ? this.#noContext() : ".");
    this.config = config ?? this.#readConfig(folder);
    const tag = args.imageUri === undefined ? contentTag(folder, ["."]) : "";
    this.image = new ContainerImage(
      name,
      { ...rest, context: folder, architecture, forLambda: true, tag },
      { parent: this },
    );
    this.registerOutputs({ imageUri: this.image.imageUri });
  }

  #noContext(): never {
    throw new pulumi.ResourceError(
      "The function's image has no context, and not both imageUri and config; name the folder with its Dockerfile.",
      this,
      true,
    );
  }

  #readConfig(context: string): ImageConfig {
    try {
      return imageConfigOf(context);
    } catch (error) {
      throw new pulumi.ResourceError(error instanceof Error ? error.message : String(error), this, true);
    }
  }
}

/** A function, packaged once: the image that runs on Lambda and on every pool. */
import * as pulumi from "@pulumi/pulumi";
import { ContainerImage } from "./container-image";
import { contentTag } from "./content-tag";
import { imageConfigOf, type ImageConfig } from "./dockerfile";

export interface FunctionImageArgs {
  /** The function's folder, with its Dockerfile; relative to the project. */
  readonly context: string;
  /** Stop at a repository that still holds images when the stack is destroyed. */
  readonly retain: boolean;
}

export class FunctionImage extends pulumi.ComponentResource {
  readonly image: ContainerImage;
  readonly config: ImageConfig;

  constructor(name: string, args: FunctionImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:FunctionImage", name, {}, opts);
    this.config = this.#readConfig(args.context);
    this.image = new ContainerImage(
      name,
      { ...args, tag: contentTag(args.context, ["."]) },
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

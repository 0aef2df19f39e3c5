/** The image that carries the worker into a function's container (D2); built from this repository, released apart. */
import * as pulumi from "@pulumi/pulumi";
import { ContainerImage } from "./container-image";
import { contentTag } from "./content-tag";

/** The repository itself, since the lock file pins what the worker is bundled with. */
const CONTEXT = ".";
/** What worker/Dockerfile.dockerignore lets into the build. */
const SOURCES = ["package.json", "package-lock.json", ".npmrc", "worker"];

export interface WorkerImageArgs {
  /** Stop at a repository that still holds images when the stack is destroyed. */
  readonly retain: boolean;
}

export class WorkerImage extends pulumi.ComponentResource {
  readonly image: ContainerImage;

  constructor(name: string, args: WorkerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:WorkerImage", name, {}, opts);
    this.image = new ContainerImage(
      name,
      { ...args, context: CONTEXT, dockerfile: "worker/Dockerfile", tag: contentTag(CONTEXT, SOURCES) },
      { parent: this },
    );
    this.registerOutputs({ imageUri: this.image.imageUri });
  }
}

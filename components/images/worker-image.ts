/** The images that carry the worker into a function's container (D2), one for each architecture; released apart from functions. */
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import type { Architecture } from "../settings/function-entry";
import { ContainerImage } from "./container-image";
import { contentTag } from "./content-tag";

/** The repository itself, since the lock file pins what the worker is bundled with. */
const CONTEXT = ".";
/** What worker/Dockerfile.dockerignore lets into the build. */
const SOURCES = ["package.json", "package-lock.json", ".npmrc", "worker"];

export interface WorkerImageArgs {
  /** Those that the functions on pools have. */
  readonly architectures: readonly Architecture[];
  /** Images that were built elsewhere, at a digest. @default built here. */
  readonly imageUris?: Readonly<Partial<Record<Architecture, string | undefined>>>;
  readonly key: EncryptionKey;
  /** Refuse to delete the repository, and stop at one that still holds images. */
  readonly retain: boolean;
}

export class WorkerImage extends pulumi.ComponentResource {
  readonly #images: ReadonlyMap<Architecture, ContainerImage>;

  constructor(name: string, args: WorkerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:WorkerImage", name, {}, opts);
    const { architectures, imageUris, ...rest } = args;
    this.#images = new Map(
      [...new Set(architectures)].map((architecture) => [
        architecture,
        new ContainerImage(
          architecture === "x86_64" ? name : `${name}-${architecture}`,
          {
            ...rest,
            imageUri: imageUris?.[architecture],
            architecture,
            context: CONTEXT,
            dockerfile: "worker/Dockerfile",
            tag: imageUris?.[architecture] === undefined ? contentTag(CONTEXT, SOURCES) : "",
            forLambda: false,
          },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs({
      imageUris: Object.fromEntries([...this.#images].map(([key, image]) => [key, image.imageUri])),
    });
  }

  /** The image that runs where a function of this architecture does. */
  of(architecture: Architecture): ContainerImage {
    const image = this.#images.get(architecture);
    if (image !== undefined) return image;
    throw new pulumi.ResourceError(
      `There is no worker image for ${architecture}, got ${[...this.#images.keys()].join(", ") || "none"}; add it to the architectures of the worker image.`,
      this,
      true,
    );
  }
}

/** One image in a repository of its own: built, pushed and named by its digest. */
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

/** One platform, since Lambda refuses image indexes; docker-build, below awsx, adds neither provenance nor SBOM. */
const PLATFORM = "linux/amd64";
/** Untagged images alone: a sleeping pool may need an old digest, and every image that we push has a tag. */
const EXPIRE_UNTAGGED_DAYS = 14;

export interface ContainerImageArgs {
  /** The build context, relative to the project. */
  readonly context: string;
  /** @default Dockerfile in the context. */
  readonly dockerfile?: string;
  /** Changes with the content and with nothing else, since tags are immutable. */
  readonly tag: string;
  /** Stop at a repository that still holds images when the stack is destroyed. */
  readonly retain: boolean;
}

export class ContainerImage extends pulumi.ComponentResource {
  readonly repository: aws.ecr.Repository;
  /** `REPOSITORY@sha256:DIGEST`; Lambda takes no tag beside a digest. */
  readonly imageUri: pulumi.Output<string>;

  constructor(name: string, args: ContainerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:ContainerImage", name, {}, opts);
    const child = { parent: this };
    this.repository = new aws.ecr.Repository(
      `${name}-repository`,
      {
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        forceDelete: !args.retain,
      },
      child,
    );
    new aws.ecr.LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: this.repository.name, policy: JSON.stringify(lifecycle) },
      child,
    );
    const image = new awsx.ecr.Image(
      `${name}-image`,
      {
        repositoryUrl: this.repository.repositoryUrl,
        context: args.context,
        ...(args.dockerfile === undefined ? {} : { dockerfile: args.dockerfile }),
        // awsx names the resource below after the tag, so the name keeps equal contents apart.
        imageTag: `${name}-${args.tag}`,
        platform: PLATFORM,
      },
      child,
    );
    this.imageUri = image.imageUri;
    this.registerOutputs({ imageUri: this.imageUri });
  }
}

const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      description: "Untagged images",
      selection: {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: EXPIRE_UNTAGGED_DAYS,
      },
      action: { type: "expire" },
    },
  ],
};

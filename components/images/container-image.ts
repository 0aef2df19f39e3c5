/** One image: built and pushed into a repository of its own, or built elsewhere and given by its digest. */
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "../encryption-key";
import { policyDocument } from "../iam/document";
import { pullAsLambda } from "../iam/repository";
import type { Architecture } from "../settings/function-entry";

/** One platform, since Lambda refuses image indexes; docker-build, below awsx, adds neither provenance nor SBOM. */
const PLATFORMS: Readonly<Record<Architecture, string>> = { x86_64: "linux/amd64", arm64: "linux/arm64" };
/** Untagged images alone: a sleeping pool may need an old digest, and every image that we push has a tag. */
const EXPIRE_UNTAGGED_DAYS = 14;

export interface ContainerImageArgs {
  /** An image in ECR at a digest; nothing is then built, and `pulumi up` needs no Docker. */
  readonly imageUri?: string | undefined;
  /** The build context, relative to the project. */
  readonly context: string;
  /** @default Dockerfile in the context. */
  readonly dockerfile?: string;
  /** Changes with the content and with nothing else, since tags are immutable. */
  readonly tag: string;
  readonly architecture: Architecture;
  /** Whether Lambda pulls it. */
  readonly forLambda: boolean;
  readonly key: EncryptionKey;
  /** Refuse to delete the repository, and stop at one that still holds images. */
  readonly retain: boolean;
}

export class ContainerImage extends pulumi.ComponentResource {
  /** `REPOSITORY@sha256:DIGEST`; Lambda takes no tag beside a digest. */
  readonly imageUri: pulumi.Output<string>;
  /** For whoever pulls it. */
  readonly repositoryArn: pulumi.Output<string>;

  constructor(name: string, args: ContainerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:ContainerImage", name, {}, opts);
    if (args.imageUri === undefined) {
      const { arn, repositoryUrl } = repository(name, args, { parent: this });
      this.repositoryArn = arn;
      this.imageUri = build(name, args, repositoryUrl, { parent: this });
    } else {
      this.repositoryArn = pulumi.output(repositoryArnOf(args.imageUri));
      this.imageUri = pulumi.output(args.imageUri);
    }
    this.registerOutputs({ imageUri: this.imageUri });
  }
}

function repository(
  name: string,
  args: ContainerImageArgs,
  opts: pulumi.CustomResourceOptions,
): aws.ecr.Repository {
  const created = new aws.ecr.Repository(
    `${name}-repository`,
    {
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.key.arn }],
      forceDelete: !args.retain,
    },
    { ...opts, protect: args.retain },
  );
  new aws.ecr.LifecyclePolicy(
    `${name}-lifecycle`,
    { repository: created.name, policy: JSON.stringify(lifecycle) },
    opts,
  );
  if (args.forLambda) {
    const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
    const region = aws.config.requireRegion();
    new aws.ecr.RepositoryPolicy(
      `${name}-repository-policy`,
      {
        repository: created.name,
        // Lambda adds it by itself where it is missing, which Pulumi would then see as drift.
        policy: pulumi.jsonStringify(accountId.apply((id) => policyDocument(pullAsLambda(id, region)))),
      },
      opts,
    );
  }
  return created;
}

function build(
  name: string,
  args: ContainerImageArgs,
  repositoryUrl: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const image = new awsx.ecr.Image(
    `${name}-image`,
    {
      repositoryUrl,
      context: args.context,
      ...(args.dockerfile === undefined ? {} : { dockerfile: args.dockerfile }),
      // awsx names the resource below after the tag, so the name keeps equal contents apart.
      imageTag: `${name}-${args.tag}`,
      platform: PLATFORMS[args.architecture],
    },
    opts,
  );
  return image.imageUri;
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST`, as the settings have proved it to be, to the repository's ARN. */
function repositoryArnOf(imageUri: string): string {
  const [, account = "", region = "", name = ""] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^@]+)@/.exec(imageUri) ?? [];
  return `arn:aws${region.startsWith("cn-") ? "-cn" : ""}:ecr:${region}:${account}:repository/${name}`;
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

/** The bucket that holds all state of the functions: private, encrypted under the stack's key, spoken to over TLS alone. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "./encryption-key";
import { policyDocument } from "./iam/document";
import { useKey } from "./iam/key";
import { carryPayloads, readObjects, writeObjects } from "./iam/objects";
import { denyPlainHttp } from "./iam/plain-http";
import type { Grant } from "./role";

/** What an overwritten or deleted object can be taken back for. */
const KEEP_OLD_VERSIONS_DAYS = 30;
/** Parts of uploads that were never finished, which cost as much as objects. */
const ABORT_UPLOADS_DAYS = 7;

/** Where workers keep payloads that are too large for Step Functions. */
const PAYLOADS_PREFIX = "payloads/";
/** Longer than a redrive can come after its execution's end, which is 14 days: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const KEEP_PAYLOADS_DAYS = 30;

/** Where payloads are kept, and what it takes to do so. */
export interface Payloads {
  /** `s3://BUCKET/PREFIX`. */
  readonly uri: pulumi.Output<string>;
  readonly grants: readonly Grant[];
}

export interface DataBucketArgs {
  readonly key: EncryptionKey;
  /** Refuse to delete it, and stop at one that still holds objects. */
  readonly retain: boolean;
}

export class DataBucket extends pulumi.ComponentResource {
  readonly bucket: aws.s3.Bucket;
  readonly arn: pulumi.Output<string>;
  readonly #key: EncryptionKey;

  constructor(name: string, args: DataBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:DataBucket", name, {}, opts);
    this.#key = args.key;
    this.bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      { forceDestroy: !args.retain },
      { parent: this, protect: args.retain },
    );
    this.arn = this.bucket.arn;
    const settings = { bucket: this.bucket.bucket };
    close(name, settings, this.arn, { parent: this });
    encrypt(name, settings, args.key, { parent: this });
    keepVersions(name, settings, { parent: this });
    this.registerOutputs({ bucketName: this.bucket.bucket });
  }

  /** One place for all workers of the stack: what one writes, another reads. */
  payloads(): Payloads {
    const region = aws.config.requireRegion();
    return {
      uri: pulumi.interpolate`s3://${this.bucket.bucket}/${PAYLOADS_PREFIX}`,
      grants: [
        this.arn.apply((arn) => carryPayloads(arn, PAYLOADS_PREFIX)),
        this.#key.arn.apply((arn) => useKey(arn, "s3", region)),
      ],
    };
  }

  /** Read and write the objects under a prefix; all of them without one. */
  readAndWrite(prefix = ""): readonly Grant[] {
    const region = aws.config.requireRegion();
    return [
      this.arn.apply((arn) => readObjects(arn, prefix)),
      this.arn.apply((arn) => writeObjects(arn, prefix)),
      this.#key.arn.apply((arn) => useKey(arn, "s3", region)),
    ];
  }
}

interface Setting {
  readonly bucket: pulumi.Output<string>;
}

function close(
  name: string,
  setting: Setting,
  arn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const closed = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access-block`,
    {
      ...setting,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { ...setting, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  new aws.s3.BucketPolicy(
    `${name}-bucket-policy`,
    {
      ...setting,
      policy: pulumi.jsonStringify(
        arn.apply((each) => policyDocument(denyPlainHttp("s3:*", [each, `${each}/*`]))),
      ),
    },
    // S3 answers one of two simultaneous changes of a bucket's access with OperationAborted.
    { ...opts, dependsOn: [closed] },
  );
}

function encrypt(
  name: string,
  setting: Setting,
  key: EncryptionKey,
  opts: pulumi.CustomResourceOptions,
): void {
  const underKey = { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn };
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    // One call to KMS for many objects.
    { ...setting, rules: [{ applyServerSideEncryptionByDefault: underKey, bucketKeyEnabled: true }] },
    opts,
  );
}

function keepVersions(name: string, setting: Setting, opts: pulumi.CustomResourceOptions): void {
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    { ...setting, versioningConfiguration: { status: "Enabled" } },
    opts,
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      ...setting,
      rules: [
        {
          id: "old-versions",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: KEEP_OLD_VERSIONS_DAYS },
          abortIncompleteMultipartUpload: { daysAfterInitiation: ABORT_UPLOADS_DAYS },
        },
        {
          id: "payloads",
          status: "Enabled",
          filter: { prefix: PAYLOADS_PREFIX },
          expiration: { days: KEEP_PAYLOADS_DAYS },
        },
      ],
    },
    { ...opts, dependsOn: [versioning] },
  );
}

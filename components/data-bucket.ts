/** The bucket that holds all state of the functions: private, encrypted, spoken to over TLS alone. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam/document";
import { denyPlainHttp } from "./iam/objects";

export interface DataBucketArgs {
  /** Stop at a bucket that still holds objects when the stack is destroyed. */
  readonly retain: boolean;
}

export class DataBucket extends pulumi.ComponentResource {
  readonly bucket: aws.s3.Bucket;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: DataBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:DataBucket", name, {}, opts);
    const child = { parent: this };
    this.bucket = new aws.s3.Bucket(`${name}-bucket`, { forceDestroy: !args.retain }, child);
    this.arn = this.bucket.arn;
    const bucket = this.bucket.bucket;
    const closed = new aws.s3.BucketPublicAccessBlock(
      `${name}-public-access-block`,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      child,
    );
    new aws.s3.BucketOwnershipControls(
      `${name}-ownership`,
      { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      child,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      child,
    );
    new aws.s3.BucketPolicy(
      `${name}-bucket-policy`,
      { bucket, policy: pulumi.jsonStringify(this.arn.apply((arn) => policyDocument(denyPlainHttp(arn)))) },
      // S3 answers one of two simultaneous changes of a bucket's access with OperationAborted.
      { ...child, dependsOn: [closed] },
    );
    this.registerOutputs({ bucketName: bucket });
  }
}

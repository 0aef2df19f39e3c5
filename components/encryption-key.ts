/** The stack's key: whatever the stack keeps at rest is encrypted under it. About $1 a month. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam/document";
import { keyPolicy } from "./iam/key";

/** Time to change one's mind, in days; the longest that KMS offers. */
const DELETION_WINDOW_DAYS = 30;

export interface EncryptionKeyArgs {
  /** Refuse to delete it: without the key, everything under it is lost. */
  readonly retain: boolean;
}

export class EncryptionKey extends pulumi.ComponentResource {
  readonly key: aws.kms.Key;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:EncryptionKey", name, {}, opts);
    const child = { parent: this, protect: args.retain };
    const accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const region = aws.config.requireRegion();
    this.key = new aws.kms.Key(
      name,
      {
        description: `What ${pulumi.getProject()} keeps at rest in ${pulumi.getStack()}`,
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS,
        policy: pulumi.jsonStringify(
          accountId.apply((id) => policyDocument(keyPolicy({ accountId: id, region }))),
        ),
      },
      child,
    );
    this.arn = this.key.arn;
    this.registerOutputs({ keyArn: this.arn });
  }
}

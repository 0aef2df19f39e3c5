/** The role that CI takes on to deploy this stack: by OpenID Connect, without a key that lasts. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { deployStack } from "./iam/deploy/deploy";
import { trustGitHub } from "./iam/document";
import { stackPrefix } from "./naming";
import { trustedRole } from "./role";

export interface DeployRoleArgs {
  /** `owner/name`; its jobs in the GitHub environment of the stack's name may take on the role. */
  readonly githubRepository: string;
  /** On every role of the stack, this one too: it makes roles, and gets no more through them. */
  readonly permissionsBoundaryArn: string;
}

export class DeployRole extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;

  constructor(name: string, args: DeployRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:DeployRole", name, {}, opts);
    const child = { parent: this };
    const accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    const subject = `repo:${args.githubRepository}:environment:${pulumi.getStack()}`;
    const region = aws.config.requireRegion();
    const prefix = stackPrefix();
    const { permissionsBoundaryArn } = args;
    this.role = trustedRole(
      name,
      {
        trust: accountId.apply((id) => trustGitHub(id, subject)),
        grants: [
          accountId.apply((id) => deployStack({ accountId: id, region, prefix, permissionsBoundaryArn })),
        ],
      },
      child,
    ).role;
    this.registerOutputs({ roleArn: this.role.arn });
  }
}

/** An IAM role that one AWS service takes on, with one inline policy. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, trustDocument, type ServicePrincipal, type Statement } from "./iam/document";

/** What a role may do; ARNs are known at deploy time, so each is an Input. */
export type Grant = pulumi.Input<readonly Statement[]>;

export interface ServiceRole {
  readonly role: aws.iam.Role;
  /** What needs the rights at its creation depends on this. */
  readonly policy: aws.iam.RolePolicy;
}

/** Declares `${name}-role` and `${name}-policy`. */
export function serviceRole(
  name: string,
  args: { readonly service: ServicePrincipal; readonly grants: readonly Grant[] },
  opts: pulumi.CustomResourceOptions,
): ServiceRole {
  const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
  const role = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: pulumi.jsonStringify(accountId.apply((id) => trustDocument(args.service, id))) },
    opts,
  );
  const grants: pulumi.Output<(readonly Statement[])[]> = pulumi.output([...args.grants]);
  const document = grants.apply((each) => policyDocument(each.flat()));
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: role.name, policy: pulumi.jsonStringify(document) },
    opts,
  );
  return { role, policy };
}

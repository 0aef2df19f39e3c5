/** An IAM role that one AWS service takes on, with one inline policy. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  policyDocument,
  trustDocument,
  type PolicyDocument,
  type ServicePrincipal,
  type Statement,
} from "./iam/document";

/** What a role may do; ARNs are known at deploy time, so each is an Input. */
export type Grant = pulumi.Input<readonly Statement[]>;

export interface Role {
  readonly role: aws.iam.Role;
  /** What needs the rights at its creation depends on this. */
  readonly policy: aws.iam.RolePolicy;
}

/** Declares `${name}-role` and `${name}-policy`. */
export function serviceRole(
  name: string,
  args: { readonly service: ServicePrincipal; readonly grants: readonly Grant[] },
  opts: pulumi.CustomResourceOptions,
): Role {
  const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
  return trustedRole(
    name,
    { ...args, trust: accountId.apply((id) => trustDocument(args.service, id)) },
    opts,
  );
}

/** The same for whoever `trust` names. */
export function trustedRole(
  name: string,
  args: { readonly trust: pulumi.Input<PolicyDocument>; readonly grants: readonly Grant[] },
  opts: pulumi.CustomResourceOptions,
): Role {
  const role = bareRole(name, args.trust, opts);
  return { role, policy: rolePolicy(name, role, args.grants, opts) };
}

/** Declares `${name}-role`, which may do nothing yet. */
export function bareRole(
  name: string,
  trust: pulumi.Input<PolicyDocument>,
  opts: pulumi.CustomResourceOptions,
): aws.iam.Role {
  return new aws.iam.Role(`${name}-role`, { assumeRolePolicy: pulumi.jsonStringify(trust) }, opts);
}

/** Declares `${name}-policy`, the role's one document. */
export function rolePolicy(
  name: string,
  role: aws.iam.Role,
  grants: readonly Grant[],
  opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
  const policy = pulumi.jsonStringify(statementsOf(grants).apply(policyDocument));
  return new aws.iam.RolePolicy(`${name}-policy`, { role: role.name, policy }, opts);
}

/** All that the grants allow, once their ARNs are known; each Sid once. */
export function statementsOf(grants: readonly Grant[]): pulumi.Output<readonly Statement[]> {
  const each: pulumi.Output<(readonly Statement[])[]> = pulumi.output([...grants]);
  return each.apply((statements) => policyDocument(statements.flat()).Statement);
}

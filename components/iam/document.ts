/** What an IAM document is made of: plain data, so that each document is a pure function of ARNs. */
import { REASONS, type Unscopable } from "./reasons";

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One scope: what may be done to what. `Sid` says in a word what it is for, and is unique in its document. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?:
    | { readonly Service: string }
    | { readonly AWS: string | readonly string[] }
    | { readonly Federated: string }
    | "*";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Condition;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** Statements of one Sid are merged, since IAM wants each Sid once: a grant made twice, for two buckets, is one scope. */
export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  const merged = new Map<string, Statement>();
  for (const statement of statements) {
    const same = merged.get(statement.Sid);
    merged.set(statement.Sid, same === undefined ? statement : merge(same, statement));
  }
  return { Version: "2012-10-17", Statement: [...merged.values()] };
}

function merge(one: Statement, other: Statement): Statement {
  const rest = ({ Resource: _, ...others }: Statement): string => JSON.stringify(others);
  if (rest(one) !== rest(other)) {
    throw new Error(
      `Two statements are called ${one.Sid} and differ in more than their resources, got ${rest(one)} and ${rest(other)}; give one another Sid.`,
    );
  }
  return { ...one, Resource: [...new Set([...(one.Resource ?? []), ...(other.Resource ?? [])])] };
}

/** Actions that IAM can't scope to a resource; `Sid` names the written reason in reasons.ts. */
export function onEverything(Sid: Unscopable, Action: readonly string[], condition?: Condition): Statement {
  return {
    Sid,
    Effect: "Allow",
    Action,
    Resource: ["*"], // For the reason in reasons.ts.
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** Why a statement has the resource `*`; undefined where nobody has written it down. */
export function reasonOf(statement: Pick<Statement, "Sid">): string | undefined {
  return (REASONS as Readonly<Record<string, string>>)[statement.Sid];
}

/** An AWS service that takes on a role of ours. */
export type ServicePrincipal =
  | "ec2.amazonaws.com"
  | "ecs.amazonaws.com"
  | "ecs-tasks.amazonaws.com"
  | "lambda.amazonaws.com"
  | "scheduler.amazonaws.com"
  | "states.amazonaws.com"
  | "vpc-flow-logs.amazonaws.com";

/**
 * Who may take on a role: one service, on behalf of one account.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function trustDocument(service: ServicePrincipal, accountId: string): PolicyDocument {
  const trust: Statement = {
    Sid: "Trust",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
  };
  // EC2 takes on an instance's role without naming a source, so a condition on one would lock every instance out:
  // https://github.com/prowler-cloud/prowler/issues/2810. iam:PassRole guards that role.
  if (service === "ec2.amazonaws.com") return policyDocument([trust]);
  return policyDocument([{ ...trust, Condition: { StringEquals: { "aws:SourceAccount": accountId } } }]);
}

/** Who may take on a role: these roles of our own. */
export function trustRoles(roleArns: readonly string[]): PolicyDocument {
  return policyDocument([
    { Sid: "Trust", Effect: "Allow", Principal: { AWS: roleArns }, Action: ["sts:AssumeRole"] },
  ]);
}

/**
 * Who may take on a role: those of this account whose ARN is like one of these, and whose own policy allows it.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
export function trustPrincipals(accountId: string, principalArnsLike: readonly string[]): PolicyDocument {
  return policyDocument([
    {
      Sid: "Trust",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: ["sts:AssumeRole"],
      Condition: { ArnLike: { "aws:PrincipalArn": principalArnsLike } },
    },
  ]);
}

/**
 * Who may take on a role: jobs on GitHub with this subject. The account's OpenID Connect provider of GitHub must exist;
 * an account has one, so no stack can own it.
 * @see https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
 */
export function trustGitHub(accountId: string, subject: string): PolicyDocument {
  const issuer = "token.actions.githubusercontent.com";
  return policyDocument([
    {
      Sid: "Trust",
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${issuer}` },
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: subject } },
    },
  ]);
}

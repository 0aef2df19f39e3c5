/** What an IAM document is made of: plain data, so that each document is a pure function of ARNs. */

/** One scope: what may be done to what. `Sid` says in a word what it is for. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: { readonly Service: string } | "*";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** An AWS service that takes on a role of ours. */
export type ServicePrincipal =
  | "ec2.amazonaws.com"
  | "ecs-tasks.amazonaws.com"
  | "lambda.amazonaws.com"
  | "scheduler.amazonaws.com"
  | "states.amazonaws.com";

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

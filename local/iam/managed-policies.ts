/** The AWS managed policies that a program of this kind may attach, as AWS publishes them; others are not known here. */

/** By name, actions on every resource: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ["*"],
  AmazonECSTaskExecutionRolePolicy: [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
  AmazonS3ReadOnlyAccess: [
    "s3:Get*",
    "s3:List*",
    "s3:Describe*",
    "s3-object-lambda:Get*",
    "s3-object-lambda:List*",
  ],
  AWSLambdaBasicExecutionRole: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
  AWSXRayDaemonWriteAccess: [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
  ],
};

/** The document of `arn:aws:iam::aws:policy/…`; null when it is none that we know. */
export function managedPolicy(arn: string): object | null {
  const [, name = ""] = /^arn:[\w-]+:iam::aws:policy\/(?:[\w-]+\/)*([\w-]+)$/.exec(arn) ?? [];
  const actions = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (actions === undefined) return null;
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] };
}

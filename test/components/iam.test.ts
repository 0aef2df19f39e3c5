/** The IAM documents: each scope is an ARN of the component's own, and each `*` is one that IAM can't narrow. */
import { scalePools } from "../../components/iam/autoscaler";
import { joinCluster, protectWorkers, pullImages, serveActivity } from "../../components/iam/cluster";
import { policyDocument, trustDocument, type Statement } from "../../components/iam/document";
import { invokeFunctions } from "../../components/iam/invoke";
import { deliverLogs, writeLogs } from "../../components/iam/logs";
import { readObjects, writeObjects } from "../../components/iam/objects";
import { denyPlainHttp } from "../../components/iam/plain-http";

const ACCOUNT = "123456789012";
const ACTIVITY = `arn:aws:states:eu-west-1:${ACCOUNT}:activity:detect`;
const CLUSTER = `arn:aws:ecs:eu-west-1:${ACCOUNT}:cluster/cluster-1`;
const SERVICE = `arn:aws:ecs:eu-west-1:${ACCOUNT}:service/cluster-1/detect`;
const LOGS = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/loveless/x`;
const BUCKET = "arn:aws:s3:::data";

/** What facts say that IAM can't scope; anything else on `*` is a mistake. */
const UNSCOPABLE = [
  "cloudwatch:GetMetricData",
  "cloudwatch:PutMetricData",
  "ecr:GetAuthorizationToken",
  "ecs:DiscoverPollEndpoint",
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
];

const every: readonly Statement[] = [
  ...scalePools(CLUSTER, [SERVICE]),
  ...joinCluster(CLUSTER),
  ...protectWorkers(CLUSTER),
  ...pullImages(["arn:aws:ecr:eu-west-1:1:repository/a"]),
  ...serveActivity(ACTIVITY),
  ...invokeFunctions(["arn:aws:lambda:eu-west-1:1:function:a"]),
  ...deliverLogs(),
  ...writeLogs(LOGS),
  ...readObjects(BUCKET),
  ...writeObjects(BUCKET),
];

test("a wildcard resource holds only actions that IAM can't scope", () => {
  const loose = every
    .filter((statement) => statement.Resource?.includes("*"))
    .flatMap((statement) => statement.Action);
  expect([...loose].sort()).toEqual(UNSCOPABLE);
});

test("no right names a wildcard action", () => {
  expect(every.flatMap((statement) => statement.Action).filter((action) => action.includes("*"))).toEqual([]);
});

test("a worker serves its own activity and no other", () => {
  const states = every.filter((statement) => statement.Action.some((action) => action.startsWith("states:")));
  expect(states.map((statement) => statement.Resource)).toEqual([[ACTIVITY]]);
});

test("a worker protects only the workers of its cluster", () => {
  expect(protectWorkers(CLUSTER)[0]).toMatchObject({
    Resource: [`arn:aws:ecs:eu-west-1:${ACCOUNT}:task/cluster-1/*`],
    Condition: { ArnEquals: { "ecs:cluster": CLUSTER } },
  });
});

test("the autoscaler may set the count of its services and never their task definition", () => {
  const update = scalePools(CLUSTER, [SERVICE]).find((statement) =>
    statement.Action.includes("ecs:UpdateService"),
  );
  expect(update).toMatchObject({
    Resource: [SERVICE],
    Condition: { ArnEquals: { "ecs:cluster": CLUSTER }, Null: { "ecs:task-definition": "true" } },
  });
});

test("the autoscaler publishes in its own namespace", () => {
  const put = scalePools(CLUSTER, []).find((statement) =>
    statement.Action.includes("cloudwatch:PutMetricData"),
  );
  expect(put?.Condition).toEqual({ StringEquals: { "cloudwatch:namespace": "Loveless" } });
});

test("an empty list of resources gives no statement, which IAM would refuse", () => {
  expect(invokeFunctions([])).toEqual([]);
  expect(scalePools(CLUSTER, []).every((statement) => (statement.Resource ?? []).length > 0)).toBe(true);
});

test("a grant with a prefix reaches no other key", () => {
  expect(writeObjects(BUCKET, "out/")[0]?.Resource).toEqual([`${BUCKET}/out/*`]);
  expect(readObjects(BUCKET, "in/")).toMatchObject([
    { Resource: [`${BUCKET}/in/*`] },
    { Resource: [BUCKET], Condition: { StringLike: { "s3:prefix": "in/*" } } },
  ]);
});

test("the bucket refuses everybody who comes without TLS", () => {
  expect(denyPlainHttp("s3:*", [BUCKET, `${BUCKET}/*`])).toMatchObject([
    {
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
});

test("a role trusts one service on behalf of one account", () => {
  expect(trustDocument("lambda.amazonaws.com", ACCOUNT)).toEqual(
    policyDocument([
      {
        Sid: "Trust",
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: ["sts:AssumeRole"],
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      },
    ]),
  );
});

test("an instance's role has no condition on a source that EC2 never sends", () => {
  expect(trustDocument("ec2.amazonaws.com", ACCOUNT).Statement[0]).not.toHaveProperty("Condition");
});

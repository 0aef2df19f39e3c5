/** What a run says of its documents: used, unused, with a reason, refused; and what strict IAM makes of that. */
import { createAccess, type Access, type IamMode, type Principal } from "../../../local/cloud/access";
import { prepareWorker } from "../../../local/cloud/ecs/execution-role";
import { takeOnStateMachineRole } from "../../../local/cloud/service-roles";
import type { Graph } from "../../../local/graph";
import { identitiesOf } from "../../../local/iam/identities";
import { iamLines, iamProblem, iamReport, type IamReport } from "../../../local/iam/report";
import { ACCOUNT } from "./ask";
import { graphOf, policy, resource, role, roleArn } from "./graphs";

const ME: Principal = { arn: roleArn("me-1"), sessionName: "s1" };

function accessOf(graph: Graph, mode: IamMode = "report"): Access {
  return createAccess({ identities: identitiesOf(graph, ACCOUNT), mode, region: "eu-west-1" });
}

function allow(action: string | readonly string[], ...resources: readonly string[]): object {
  return { Effect: "Allow", Action: action, Resource: resources };
}

/** The calls of ME, and the report after them. */
function reportOf(
  graph: Graph,
  ...calls: readonly (readonly [action: string, resource: string])[]
): IamReport {
  const access = accessOf(graph);
  for (const [action, target] of calls) access.use(ME, { action, resource: target });
  return iamReport(access, graph);
}

test("a grant is one action on one resource, used as soon as one call fits it", () => {
  const graph = graphOf(
    ...role("me", [allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*", "arn:aws:s3:::b/*")]),
  );
  const report = reportOf(graph, ["s3:GetObject", "arn:aws:s3:::a/1"], ["s3:GetObject", "arn:aws:s3:::a/2"]);
  expect(report).toMatchObject({
    mode: "report",
    granted: 4,
    used: 1,
    refused: [],
    unexercisable: [],
    wildcards: [],
  });
  expect(report.unused).toEqual([
    { role: "me", action: "s3:GetObject", resource: "arn:aws:s3:::b/*" },
    { role: "me", action: "s3:PutObject", resource: "arn:aws:s3:::a/*" },
    { role: "me", action: "s3:PutObject", resource: "arn:aws:s3:::b/*" },
  ]);
});

test("a wildcard is used by any action that fits it, and the report says by which", () => {
  const graph = graphOf(...role("me", [allow("s3:*", "*")]));
  const report = reportOf(graph, ["s3:PutObject", "arn:aws:s3:::a/1"], ["s3:GetObject", "arn:aws:s3:::a/1"]);
  expect(report).toMatchObject({ granted: 1, used: 1, unused: [] });
  expect(report.wildcards).toEqual([
    { role: "me", action: "s3:*", resource: "*", usedActions: ["s3:GetObject", "s3:PutObject"] },
  ]);
  expect(iamLines(report)).toContain("IAM: s3:* on * of me was needed for s3:GetObject, s3:PutObject alone");
});

test("what a statement of another role allows does not count for this one", () => {
  const graph = graphOf(
    ...role("me", [allow("s3:GetObject", "*")]),
    ...role("you", [allow("s3:GetObject", "*")]),
  );
  expect(reportOf(graph, ["s3:GetObject", "arn:aws:s3:::a/1"]).unused).toMatchObject([{ role: "you" }]);
});

test("an unused grant may have a reason in writing; a used one needs none", () => {
  const graph = graphOf(...role("me", [allow(["states:SendTaskFailure", "states:SendTaskSuccess"], "*")]));
  const idle = reportOf(graph);
  expect(idle.unused).toMatchObject([{ action: "states:SendTaskSuccess" }]);
  expect(idle.unexercisable).toMatchObject([
    { action: "states:SendTaskFailure", reason: "a worker reports a failure only when a task fails" },
  ]);
  expect(reportOf(graph, ["states:SendTaskFailure", "*"])).toMatchObject({ used: 1, unexercisable: [] });
});

test("what no definition calls stands by, with the role that only it has", () => {
  const [splitArn, idleArn] = ["split", "idle"].map(
    (name) => `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`,
  );
  const functionOf = (name: string, arn = "") =>
    resource("aws:lambda/function:Function", name, { role: roleArn(`${name}-1`) }, { arn, name });
  const graph = graphOf(
    ...role("split", [allow("s3:GetObject", "*")]),
    ...role("idle", [allow("s3:GetObject", "*")]),
    ...role("machine", [allow("lambda:InvokeFunction", splitArn ?? "", idleArn ?? "")]),
    functionOf("split", splitArn),
    functionOf("idle", idleArn),
    resource("aws:sfn/stateMachine:StateMachine", "machine", {
      definition: JSON.stringify({ Resource: splitArn }),
    }),
  );
  const { unused, unexercisable } = reportOf(graph);
  expect(unused.map(({ role: name, resource: target }) => [name, target])).toEqual([
    ["split", "*"],
    ["machine", splitArn],
  ]);
  expect(unexercisable.map(({ role: name, resource: target }) => [name, target])).toEqual([
    ["idle", "*"],
    ["machine", idleArn],
  ]);
});

test("strict IAM makes a failure of a refused call first, then of an unused grant; report makes none", () => {
  const graph = graphOf(...role("me", [allow("s3:GetObject", "*")]));
  const unused = reportOf(graph);
  const refused = reportOf(
    graph,
    ["s3:GetObject", "arn:aws:s3:::a/1"],
    ["sqs:SendMessage", "arn:aws:sqs:::q"],
  );
  expect([iamProblem(unused), iamProblem(refused)]).toEqual([null, null]);
  expect(iamProblem({ ...unused, mode: "strict" })).toEqual({
    name: "UnusedGrants",
    cause:
      "Nothing used s3:GetObject on * of me; take the grant back, or write its reason into local/iam/reasons.ts.",
  });
  expect(iamProblem({ ...refused, mode: "strict" })).toMatchObject({
    name: "AccessDenied",
    cause: expect.stringMatching(
      /^User: .* is not authorized to perform: sqs:SendMessage on resource: /,
    ) as string,
  });
});

const repository = `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/worker`;
const execution = {
  arn: roleArn("execution-1"),
  imageUris: [`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:ab`, "public.ecr.aws/x/y:1"],
  logs: [{ group: "/logs", region: "eu-west-1", stream: "worker/function" }],
};
const task = `arn:aws:ecs:eu-west-1:${ACCOUNT}:task/main/abc`;
const pulls = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];

test("before a worker starts, images are pulled and log streams opened as the execution role", () => {
  const statements = [
    allow("ecr:GetAuthorizationToken", "*"),
    allow(pulls, repository),
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/logs:*`,
    ),
  ];
  const graph = graphOf(
    ...role("execution", statements, { trusted: { Service: "ecs-tasks.amazonaws.com" } }),
  );
  const access = accessOf(graph, "strict");
  prepareWorker(access, execution, task);
  expect(iamReport(access, graph)).toMatchObject({ granted: 6, used: 6, unused: [], refused: [] });
});

test("a worker whose image can't be pulled is not started", () => {
  const graph = graphOf(...role("execution", [], { trusted: { Service: "ecs-tasks.amazonaws.com" } }));
  expect(() => {
    prepareWorker(accessOf(graph, "strict"), execution, task);
  }).toThrow(/assumed-role\/execution-1\/abc is not authorized to perform: ecr:GetAuthorizationToken/);
});

test("a state machine that may not deliver its logs is refused, and one that may not trace is not", () => {
  const arn = `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:m`;
  const machine = (more: Parameters<typeof resource>[2]) =>
    resource(
      "aws:sfn/stateMachine:StateMachine",
      "m",
      { roleArn: roleArn("m-1"), definition: "{}", ...more },
      { arn },
    );
  const access = accessOf(
    graphOf(...role("m", [], { trusted: { Service: "states.amazonaws.com" } })),
    "strict",
  );
  expect(() => {
    takeOnStateMachineRole(access, machine({ loggingConfiguration: { level: "ALL" } }));
  }).toThrow(/logs:CreateLogDelivery/);
  expect(() => {
    takeOnStateMachineRole(access, machine({ tracingConfiguration: { enabled: true } }));
  }).not.toThrow();
  expect(access.refused().map(({ request }) => request.action)).toContain("xray:PutTraceSegments");
});

test("a role's documents in another version of the language are read as well", () => {
  const old = policy(allow("s3:GetObject", "*")).replace("2012-10-17", "2008-10-17");
  const graph = graphOf(...role("me", [], { inlinePolicies: [{ name: "old", policy: old }] }));
  expect(reportOf(graph, ["s3:GetObject", "arn:aws:s3:::a/1"])).toMatchObject({ granted: 1, used: 1 });
});

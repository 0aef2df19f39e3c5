/** Why a run need not use a grant: each with its reason in writing. What is in no row here must be used, or is reported. */
import { resourcesOfType, type Graph } from "../graph";
import { textOf } from "./declared";
import type { Grant } from "./grants";

export interface Reason {
  readonly applies: (grant: Grant) => boolean;
  readonly reason: string;
}

/** Actions that no run of the local cloud calls, or a run calls only when something happens; `*` ends a family. */
const BY_ACTION: Readonly<Record<string, string>> = {
  "states:SendTaskFailure": "a worker reports a failure only when a task fails",
  "states:SendTaskHeartbeat":
    "a worker sends heartbeats only for tasks that outlast a third of heartbeatSeconds",
  "s3:ListBucket": "S3 asks for it only when a key is missing, to answer 404 in place of 403",
  "logs:GetLogDelivery":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
  "logs:UpdateLogDelivery":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
  "logs:DeleteLogDelivery":
    "Step Functions calls it when a state machine is deleted: here it ends with the run",
  "logs:ListLogDeliveries":
    "Step Functions calls it when the logging of a state machine is changed: here it is set once",
  "kms:*": "only the objects of a bucket with a KMS key are encrypted in the local cloud's account of things",
  "xray:*": "traces are kept nowhere here",
  "ec2:*": "there are no networks here: everything is on loopback",
};

export function reasonsFor(graph: Graph): readonly Reason[] {
  const standby = standbyOf(graph);
  const instances = instanceRoles(graph);
  const elsewhere = rolesOfElsewhere(graph);
  const failureQueues = failureDestinations(graph);
  return [
    {
      applies: ({ roleArn }) => elsewhere.has(roleArn),
      reason:
        "nobody here takes it on: it is for people, for CI, or for a service of AWS that has nothing to do on this machine",
    },
    {
      applies: ({ action, resource }) => action === "sqs:SendMessage" && failureQueues.has(resource),
      reason: "Lambda sends to it only when an asynchronous invocation is given up",
    },
    {
      applies: ({ roleArn }) => instances.has(roleArn),
      reason:
        "there are no instances here: workers are processes of this machine, and no agent joins a cluster",
    },
    {
      applies: ({ roleArn, resource }) => standby.has(roleArn) || standby.has(resource),
      reason:
        "no definition calls it now: it stands by for executions that began before its function moved (docs/decisions.md)",
    },
    ...Object.entries(BY_ACTION).map(([action, reason]) => ({
      applies: (grant: Grant) =>
        action.endsWith("*") ? grant.action.startsWith(action.slice(0, -1)) : grant.action === action,
      reason,
    })),
  ];
}

/** ARNs of the functions and services that no state machine's definition leads to, and of the roles that only those have. */
function standbyOf(graph: Graph): ReadonlySet<string> {
  const definitions = resourcesOfType(graph, "aws:sfn/stateMachine:StateMachine")
    .map((machine) => textOf(machine, "definition"))
    .join("\n");
  const scheduled = resourcesOfType(graph, "aws:scheduler/schedule:Schedule").map(({ inputs }) =>
    JSON.stringify(inputs),
  );
  const texts = [definitions, ...scheduled];
  const calls = (arn: string): boolean =>
    texts.some((text) => text.includes(`"${arn}"`) || text.includes(`"${arn}:`));
  const activities = resourcesOfType(graph, "aws:sfn/activity:Activity").map((activity) =>
    textOf(activity, "arn"),
  );
  const found = new Set<string>();
  const needed = new Set<string>();
  for (const resource of resourcesOfType(graph, "aws:lambda/function:Function")) {
    const arns = [textOf(resource, "arn"), textOf(resource, "role")];
    for (const arn of arns) (calls(textOf(resource, "arn")) ? needed : found).add(arn);
  }
  for (const service of resourcesOfType(graph, "aws:ecs/service:Service")) {
    const task = resourcesOfType(graph, "aws:ecs/taskDefinition:TaskDefinition").find(
      (each) => textOf(each, "arn") === textOf(service, "taskDefinition"),
    );
    if (task === undefined) continue;
    const containers = textOf(task, "containerDefinitions");
    const isCalled = activities.some((arn) => containers.includes(`"${arn}"`) && calls(arn));
    const roles = [textOf(task, "taskRoleArn"), textOf(task, "executionRoleArn")];
    for (const arn of [textOf(service, "arn"), ...roles]) (isCalled ? needed : found).add(arn);
  }
  return new Set([...found].filter((arn) => !needed.has(arn)));
}

/** Services that take on a role to look after instances and networks, which are not here. */
const NOT_HERE = ["ecs.amazonaws.com", "vpc-flow-logs.amazonaws.com"];

/** Roles that nobody on this machine takes on: their trust names the account, an identity provider, or a service that is not here. */
function rolesOfElsewhere(graph: Graph): ReadonlySet<string> {
  const root = /^arn:aws[a-z-]*:iam::\d{12}:root$/;
  const roles = resourcesOfType(graph, "aws:iam/role:Role").filter((role) => {
    const trust = JSON.parse(textOf(role, "assumeRolePolicy") || "{}") as {
      readonly Statement?: readonly {
        readonly Principal?: {
          readonly Service?: string;
          readonly AWS?: unknown;
          readonly Federated?: unknown;
        };
      }[];
    };
    const principals = (trust.Statement ?? []).map(({ Principal }) => Principal ?? {});
    return (
      principals.length > 0 &&
      principals.every(
        ({ Service, AWS, Federated }) =>
          Federated !== undefined ||
          (Service !== undefined && NOT_HERE.includes(Service)) ||
          (typeof AWS === "string" && root.test(AWS)),
      )
    );
  });
  return new Set(roles.map((role) => textOf(role, "arn")));
}

/** Where Lambda sends invocations that it has given up. */
function failureDestinations(graph: Graph): ReadonlySet<string> {
  const configs = resourcesOfType(graph, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
  const texts = configs.map(({ inputs }) => JSON.stringify(inputs["destinationConfig"] ?? {}));
  return new Set(texts.flatMap((text) => text.match(/arn:aws[a-z-]*:sqs:[^"]+/g) ?? []));
}

/** Roles that EC2 gives to instances. */
function instanceRoles(graph: Graph): ReadonlySet<string> {
  const names = resourcesOfType(graph, "aws:iam/instanceProfile:InstanceProfile").map((profile) =>
    textOf(profile, "role"),
  );
  const roles = resourcesOfType(graph, "aws:iam/role:Role").filter((role) =>
    names.includes(textOf(role, "name")),
  );
  return new Set(roles.map((role) => textOf(role, "arn")));
}

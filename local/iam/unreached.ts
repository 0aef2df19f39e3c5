/** What of a graph a run on this machine does not reach: roles and resources that wait for something else. */
import { resourcesOfType, type Graph } from "../graph";
import { textOf } from "./declared";

/** ARNs of the functions and services that no state machine's definition leads to, and of the roles that only those have. */
export function standbyOf(graph: Graph): ReadonlySet<string> {
  const calls = callsOf(graph);
  const found = new Set<string>();
  const needed = new Set<string>();
  for (const resource of resourcesOfType(graph, "aws:lambda/function:Function")) {
    const arns = [textOf(resource, "arn"), textOf(resource, "role")];
    for (const arn of arns) (calls(textOf(resource, "arn")) ? needed : found).add(arn);
  }
  const activities = resourcesOfType(graph, "aws:sfn/activity:Activity").map((each) => textOf(each, "arn"));
  const tasks = resourcesOfType(graph, "aws:ecs/taskDefinition:TaskDefinition");
  for (const service of resourcesOfType(graph, "aws:ecs/service:Service")) {
    const task = tasks.find((each) => textOf(each, "arn") === textOf(service, "taskDefinition"));
    if (task === undefined) continue;
    const containers = textOf(task, "containerDefinitions");
    const isCalled = activities.some((arn) => containers.includes(`"${arn}"`) && calls(arn));
    const roles = [textOf(task, "taskRoleArn"), textOf(task, "executionRoleArn")];
    for (const arn of [textOf(service, "arn"), ...roles]) (isCalled ? needed : found).add(arn);
  }
  return new Set([...found].filter((arn) => !needed.has(arn)));
}

/** Whether a state machine's definition, a schedule or a subscription calls a function or an activity. */
function callsOf(graph: Graph): (arn: string) => boolean {
  const callers = [
    "aws:sfn/stateMachine:StateMachine",
    "aws:scheduler/schedule:Schedule",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
  ];
  const texts = callers
    .flatMap((type) => resourcesOfType(graph, type))
    .map((resource) => `${textOf(resource, "definition")}\n${JSON.stringify(resource.inputs)}`);
  return (arn) => texts.some((text) => text.includes(`"${arn}"`) || text.includes(`"${arn}:`));
}

/** Services that take on a role to look after instances and networks, which are not here. */
const NOT_HERE = ["ecs.amazonaws.com", "vpc-flow-logs.amazonaws.com"];

interface Trust {
  readonly Statement?: readonly {
    readonly Principal?: { readonly Service?: string; readonly AWS?: unknown; readonly Federated?: unknown };
  }[];
}

/** Roles that nobody on this machine takes on: their trust names the account, an identity provider, or a service that is not here. */
export function rolesOfElsewhere(graph: Graph): ReadonlySet<string> {
  const root = /^arn:aws[a-z-]*:iam::\d{12}:root$/;
  const roles = resourcesOfType(graph, "aws:iam/role:Role").filter((role) => {
    const trust = JSON.parse(textOf(role, "assumeRolePolicy") || "{}") as Trust;
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

/** Where Lambda sends the invocations that it has given up, and the roles that it does so as. */
export function failureDestinations(graph: Graph): {
  readonly queues: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
} {
  const functions = resourcesOfType(graph, "aws:lambda/function:Function");
  const queues = new Set<string>();
  const roles = new Set<string>();
  const type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";
  for (const config of resourcesOfType(graph, type)) {
    const named =
      JSON.stringify(config.inputs["destinationConfig"] ?? {}).match(/arn:aws[a-z-]*:sqs:[^"]+/g) ?? [];
    const name = textOf(config, "functionName");
    const target = functions.find((each) => [textOf(each, "name"), textOf(each, "arn")].includes(name));
    for (const queue of named) queues.add(queue);
    if (target !== undefined && named.length > 0) roles.add(textOf(target, "role"));
  }
  return { queues, roles };
}

/** Roles that EC2 gives to instances. */
export function instanceRoles(graph: Graph): ReadonlySet<string> {
  const profiles = resourcesOfType(graph, "aws:iam/instanceProfile:InstanceProfile");
  const names = profiles.map((profile) => textOf(profile, "role"));
  const roles = resourcesOfType(graph, "aws:iam/role:Role").filter((role) =>
    names.includes(textOf(role, "name")),
  );
  return new Set(roles.map((role) => textOf(role, "arn")));
}

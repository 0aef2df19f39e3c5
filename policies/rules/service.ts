/** What is required of ECS services, clusters and capacity providers. */
import { each } from "../known";
import type { Finding, Rule } from "../rule";
import { ofType, refersTo, type Stack, type Subject } from "../subject";
import { CAPACITY_PROVIDER, CLUSTER, EVENT_TARGET, SCHEDULE, SERVICE, TASK_SET } from "../types";
import { isPresent, isTrue, list, object, shown, text, unless } from "../values";

/** The newest of each family: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html */
const LATEST_PLATFORMS = ["LATEST", "1.4.0"];

/** Where each type says how its tasks are connected. */
function publicIp({ type, props }: Subject): readonly string[] {
  const connected =
    type === EVENT_TARGET
      ? object(props.ecsTarget)
      : type === SCHEDULE
        ? object(object(props.target).ecsParameters)
        : props;
  return isTrue(object(connected.networkConfiguration).assignPublicIp)
    ? ["networkConfiguration.assignPublicIp is true"]
    : [];
}

function insights({ props }: Subject): readonly string[] {
  const setting = list(props.settings)
    .map(object)
    .find(({ name }) => name === "containerInsights");
  return unless(
    ["enabled", "enhanced"].includes(text(setting?.value)),
    "the setting containerInsights",
    setting?.value,
  );
}

function loggingOf({ props }: Subject): ReturnType<typeof object> {
  return object(object(props.configuration).executeCommandConfiguration);
}

/** A cluster that says nothing of sessions logs them as the task logs, or not at all: an open door should say which. */
function execLogging(stack: Stack): readonly Finding[] {
  const clusters = ofType(stack, CLUSTER);
  return [
    ...each(clusters, (subject) => {
      const { logging, logConfiguration } = loggingOf(subject);
      const wrong = logging === "NONE" || (logging === "OVERRIDE" && !isPresent(logConfiguration));
      return wrong ? [{ subject, found: `executeCommandConfiguration.logging is ${shown(logging)}` }] : [];
    }),
    ...each(ofType(stack, SERVICE), (subject) => {
      if (!isTrue(subject.props.enableExecuteCommand)) return [];
      const cluster = clusters.find((each) =>
        refersTo(subject, "cluster", () => subject.props.cluster, each),
      );
      return cluster === undefined || isPresent(loggingOf(cluster).logging)
        ? []
        : [
            {
              subject,
              found: `enableExecuteCommand is true, and the cluster ${cluster.name} does not say where sessions are logged`,
            },
          ];
    }),
  ];
}

function terminationProtection({ props }: Subject): readonly string[] {
  // Fargate's and managed instances' providers have no group.
  if (!isPresent(props.autoScalingGroupProvider)) return [];
  const { managedTerminationProtection } = object(props.autoScalingGroupProvider);
  return unless(
    managedTerminationProtection === "ENABLED",
    "managedTerminationProtection",
    managedTerminationProtection,
  );
}

export const serviceRules: readonly Rule[] = [
  {
    id: "ecs-no-public-ip",
    requirement: 17,
    group: "Service, cluster, capacity provider",
    title: "Tasks have no public address",
    what: "`assignPublicIp` is not true: of a service, a task set, an event's or a schedule's ECS target.",
    why: "A worker calls; nobody needs to call it.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.2", "ECS.16"],
    mend: "set assignPublicIp to false, and let tasks out through a NAT gateway or endpoints",
    validate: { on: "resource", types: [SERVICE, TASK_SET, EVENT_TARGET, SCHEDULE], check: publicIp },
  },
  {
    id: "ecs-latest-platform",
    requirement: 18,
    group: "Service, cluster, capacity provider",
    title: "Fargate runs its latest platform",
    what: "`platformVersion` is absent, `LATEST` or the newest number.",
    why: "An old platform gets no security patches.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["ECS.10"],
    mend: 'set platformVersion to "LATEST"',
    validate: {
      on: "resource",
      types: [SERVICE, TASK_SET],
      check: ({ props }) =>
        unless(
          !isPresent(props.platformVersion) || LATEST_PLATFORMS.includes(text(props.platformVersion)),
          "platformVersion",
          props.platformVersion,
        ),
    },
  },
  {
    id: "ecs-container-insights",
    requirement: 19,
    group: "Service, cluster, capacity provider",
    title: "Clusters have Container Insights",
    what: "The cluster's setting `containerInsights` is `enabled` or `enhanced`.",
    why: "Without it a task that is killed for its memory leaves no trace.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["ECS.12"],
    mend: 'add { name: "containerInsights", value: "enabled" } to settings',
    validate: { on: "resource", types: [CLUSTER], check: insights },
  },
  {
    id: "ecs-exec-off-or-logged",
    requirement: 20,
    group: "Service, cluster, capacity provider",
    title: "Shells into tasks are off, or logged",
    what: "No cluster logs its sessions nowhere; a service with `enableExecuteCommand` is in a cluster that says how they are logged.",
    why: "A shell in production that leaves no record is how changes happen that nobody made.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CKV_AWS_223"],
    mend: "leave enableExecuteCommand off, or set configuration.executeCommandConfiguration.logging of the cluster",
    validate: { on: "stack", types: [SERVICE, CLUSTER], check: execLogging },
  },
  {
    id: "ecs-termination-protection",
    requirement: 21,
    group: "Service, cluster, capacity provider",
    title: "Instances with tasks are protected from scaling in",
    what: "A capacity provider of an Auto Scaling group has `managedTerminationProtection: ENABLED`.",
    why: "The group otherwise ends an instance that is at work, and the work with it.",
    severity: "medium",
    enforcement: "advisory",
    references: ["ECS.19"],
    mend: 'set managedTerminationProtection to "ENABLED", and protectFromScaleIn of the group to true',
    validate: { on: "resource", types: [CAPACITY_PROVIDER], check: terminationProtection },
  },
];

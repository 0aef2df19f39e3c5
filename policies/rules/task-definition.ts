/** What is required of ECS task definitions: each container, and the task around them. */
import { each, type Properties } from "../known";
import type { Rule } from "../rule";
import { secretVariable } from "../secrets";
import type { Subject } from "../subject";
import { TASK_DEFINITION } from "../types";
import { isPresent, isTrue, list, object, parsed, shown, text } from "../values";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** Applies `check` to each container; text that is no JSON list has none. */
function containers(
  { props }: Subject,
  check: (container: Properties, label: string) => readonly string[],
): readonly string[] {
  const found = parsed(props.containerDefinitions);
  return each(Array.isArray(found) ? list(found) : [], (item, index) => {
    const container = object(item);
    return check(container, `container ${text(container.name) || String(index + 1)}`);
  });
}

function isWindows({ props }: Subject): boolean {
  return text(object(props.runtimePlatform).operatingSystemFamily).startsWith("WINDOWS");
}

/** `user`, `user:group`, `uid`, `uid:gid`. */
function isRoot(user: string): boolean {
  return ["root", "0"].includes(user.split(":")[0] ?? "");
}

function user(subject: Subject): readonly string[] {
  return containers(subject, (container, label) => {
    const name = text(container.user);
    const wrong = isWindows(subject)
      ? name.toLowerCase() === "containeradministrator"
      : name === "" || isRoot(name);
    return wrong ? [`${label} has the user ${shown(container.user)}`] : [];
  });
}

function readOnly(subject: Subject): readonly string[] {
  // Windows containers have no read-only root: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/windows_task_definitions.html
  if (isWindows(subject)) return [];
  return containers(subject, (container, label) =>
    isTrue(container.readonlyRootFilesystem)
      ? []
      : [`${label} has readonlyRootFilesystem ${shown(container.readonlyRootFilesystem)}`],
  );
}

function environment(subject: Subject): readonly string[] {
  return containers(subject, (container, label) =>
    each(list(container.environment), (variable) => {
      const { name, value } = object(variable);
      const reason = secretVariable(text(name), text(value));
      // Never the value: it would land in a log.
      return reason === null ? [] : [`${label} has ${text(name)} in its environment: ${reason}`];
    }),
  );
}

function logging(subject: Subject): readonly string[] {
  return containers(subject, (container, label) => {
    if (container.firelensConfiguration !== undefined) return [];
    const { logDriver } = object(container.logConfiguration);
    return isPresent(logDriver) && logDriver !== "none"
      ? []
      : [`${label} has the log driver ${shown(logDriver)}`];
  });
}

function roles({ props }: Subject): readonly string[] {
  const role = text(props.taskRoleArn);
  return role !== "" && role === text(props.executionRoleArn)
    ? [`taskRoleArn and executionRoleArn are both ${shown(role)}`]
    : [];
}

function fileSystems({ props }: Subject): readonly string[] {
  return each(list(props.volumes), (volume) => {
    const { efsVolumeConfiguration, name } = object(volume);
    if (!isPresent(efsVolumeConfiguration)) return [];
    const { transitEncryption } = object(efsVolumeConfiguration);
    return transitEncryption === "ENABLED"
      ? []
      : [`volume ${text(name)} has transitEncryption ${shown(transitEncryption)}`];
  });
}

const on = (check: (subject: Subject) => readonly string[]): Rule["validate"] => ({
  on: "resource",
  types: [TASK_DEFINITION],
  check,
});

export const taskDefinitionRules: readonly Rule[] = [
  {
    id: "ecs-not-privileged",
    requirement: 7,
    group: "Task definition",
    title: "No container is privileged",
    what: "No container has `privileged: true`.",
    why: "A privileged container is root on the instance that it shares with others.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["ECS.4"],
    mend: "leave privileged out, and grant the one Linux capability that is needed",
    validate: on((subject) =>
      containers(subject, ({ privileged }, label) => (isTrue(privileged) ? [`${label} is privileged`] : [])),
    ),
  },
  {
    id: "ecs-not-root",
    requirement: 8,
    group: "Task definition",
    title: "No container runs as root",
    what: "Each container says a `user`, which is not root or 0; on Windows it is not ContainerAdministrator. The image's own default does not count: it changes with the image.",
    why: "Who breaks out of a container as root is root outside.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.20", "ECS.21"],
    mend: 'set user to a number that is not 0, such as "1000:1000", or exempt the task with a reason',
    validate: on(user),
  },
  {
    id: "ecs-read-only-root",
    requirement: 9,
    group: "Task definition",
    title: "Root file systems are read-only",
    what: "Each Linux container has `readonlyRootFilesystem: true`.",
    why: "An intruder then can't change the program, and what should be stateless is.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.5"],
    mend: "set readonlyRootFilesystem to true, with a volume where it must write",
    validate: on(readOnly),
  },
  {
    id: "ecs-no-host-pid",
    requirement: 10,
    group: "Task definition",
    title: "Tasks see no process of the host",
    what: "`pidMode` is not `host`.",
    why: "With the host's processes in sight, a task can read their environment and end them.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.3"],
    mend: "leave pidMode out",
    validate: on(({ props }) => (props.pidMode === "host" ? ['pidMode is "host"'] : [])),
  },
  {
    id: "ecs-no-host-network",
    requirement: 11,
    group: "Task definition",
    title: "Tasks have a network of their own",
    what: "`networkMode` is not `host`.",
    why: "On the host's network a task is behind no security group of its own, and reaches the instance's credentials.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.17"],
    mend: 'set networkMode to "awsvpc"',
    validate: on(({ props }) => (props.networkMode === "host" ? ['networkMode is "host"'] : [])),
  },
  {
    id: "ecs-no-secret-in-environment",
    requirement: 12,
    group: "Task definition",
    title: "No secret stands in a container's environment",
    what: "No variable is named for a password, key or token and holds a literal, and none has the form of a known secret. References (ARNs, paths, addresses) are let through.",
    why: "Everybody who may describe a task definition reads its environment, for ever.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["ECS.8"],
    mend: "store it in Secrets Manager or Parameter Store and name it in the container's secrets",
    validate: on(environment),
  },
  {
    id: "ecs-logging",
    requirement: 13,
    group: "Task definition",
    title: "Containers write logs",
    what: "Each container has a `logConfiguration` with a driver; the log router itself (`firelensConfiguration`) may go without.",
    why: "What leaves no log can't be explained afterwards.",
    severity: "high",
    enforcement: "mandatory",
    references: ["ECS.9"],
    mend: 'set logConfiguration, with logDriver "awslogs"',
    validate: on(logging),
  },
  {
    id: "ecs-roles-apart",
    requirement: 14,
    group: "Task definition",
    title: "The task role is not the execution role",
    what: "`taskRoleArn` and `executionRoleArn` differ.",
    why: "The program should not hold the rights that ECS needs to start it: pulling images, reading its secrets.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["CKV_AWS_249"],
    mend: "give the program a role of its own as taskRoleArn",
    validate: on(roles),
  },
  {
    id: "ecs-efs-tls",
    requirement: 15,
    group: "Task definition",
    title: "EFS volumes are mounted over TLS",
    what: "Each `efsVolumeConfiguration` has `transitEncryption: ENABLED`.",
    why: "Files otherwise cross the network in the clear.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["CKV_AWS_97"],
    mend: 'set transitEncryption to "ENABLED"',
    validate: on(fileSystems),
  },
  {
    id: "ecs-image-by-digest",
    requirement: 16,
    group: "Task definition",
    title: "Images are named by digest",
    what: "Each container's `image` ends in `@sha256:` and a digest.",
    why: "A tag may mean another image tomorrow, and two workers of one pool then differ.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["Loveless D2"],
    mend: "use the digest that the push gave: REPOSITORY@sha256:DIGEST",
    validate: on((subject) =>
      containers(subject, ({ image }, label) =>
        DIGEST.test(text(image)) ? [] : [`${label} has the image ${shown(image)}`],
      ),
    ),
  },
];

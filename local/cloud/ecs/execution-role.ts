/**
 * What ECS does as a task's execution role before a worker starts: it pulls the images, and opens the log streams. Nothing
 * is pulled here; what is called for it on AWS is called here too.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
import type { Access, AccessRequest, Principal } from "../access";
import type { Container } from "../processes";

export interface ExecutionRole {
  readonly arn: string;
  /** Of all containers, those beside the function's included. */
  readonly imageUris: readonly string[];
  /** Where containers log by the awslogs driver. */
  readonly logs: readonly { readonly group: string; readonly region: string; readonly stream: string }[];
}

/** ECS's service principal, which the roles of a task trust. */
export const ECS_TASKS = "ecs-tasks.amazonaws.com";

/** Throws AccessDenied, under strict IAM, where ECS could not start the task. False: what it logs is dropped. */
export function prepareWorker(access: Access, role: ExecutionRole, taskArn: string): boolean {
  const taskId = taskArn.slice(taskArn.lastIndexOf("/") + 1);
  const account = role.arn.split(":")[4] ?? "";
  const caller: Principal = access.assume(ECS_TASKS, { arn: role.arn, sessionName: taskId }, taskArn);
  const repositories = new Set(role.imageUris.flatMap(repositoryArn));
  if (repositories.size > 0) access.use(caller, { action: "ecr:GetAuthorizationToken", resource: "*" });
  for (const resource of repositories) {
    for (const action of [
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
    ])
      access.use(caller, { action, resource });
  }
  let mayLog = true;
  for (const { group, region, stream } of role.logs) {
    const resource = `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:${stream}/${taskId}`;
    access.use(caller, { action: "logs:CreateLogStream", resource });
    const events: AccessRequest = { action: "logs:PutLogEvents", resource };
    // The driver drops what it may not write, and the container goes on.
    mayLog = access.allows(caller, events) && mayLog;
  }
  return mayLog;
}

/** A worker that could not be started, as the pool sees it. */
export function unstarted(id: string, problem: string): Container {
  const end = Promise.resolve({ exitCode: null, signal: null, problem });
  return { id, pid: null, ended: end, stop: () => end, kill: () => false };
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:…`; other registries ask for no right of this role. */
function repositoryArn(imageUri: string): readonly string[] {
  const [, account, region, name] =
    /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com\/([^@:]+)/.exec(imageUri) ?? [];
  return name === undefined ? [] : [`arn:aws:ecr:${region ?? ""}:${account ?? ""}:repository/${name}`];
}

/** Rights around an ECS cluster: of a worker, of the agent that starts it, and of the instance below it. */
import { onEverything, type Statement } from "./document";

/** `arn:aws:ecs:REGION:ACCOUNT:cluster/NAME` as `arn:aws:ecs:REGION:ACCOUNT:KIND/NAME/*`: all of the cluster's own. */
function ownedByCluster(clusterArn: string, kind: "task" | "container-instance"): string {
  return `${clusterArn.replace(":cluster/", `:${kind}/`)}/*`;
}

/**
 * Serve one activity, and no other. The service authorization reference says that SendTask* can't be scoped; a live test
 * (https://github.com/aws/aws-cdk/pull/8486) and real refusals say that it is scoped to the activity.
 */
export function serveActivity(activityArn: string): readonly Statement[] {
  return [
    {
      Sid: "ServeActivity",
      Effect: "Allow",
      Action: [
        "states:GetActivityTask",
        "states:SendTaskSuccess",
        "states:SendTaskFailure",
        "states:SendTaskHeartbeat",
      ],
      Resource: [activityArn],
    },
  ];
}

/** Shield a busy worker from scaling in. */
export function protectWorkers(clusterArn: string): readonly Statement[] {
  return [
    {
      Sid: "ProtectWorkers",
      Effect: "Allow",
      Action: ["ecs:UpdateTaskProtection"],
      Resource: [ownedByCluster(clusterArn, "task")],
      Condition: { ArnEquals: { "ecs:cluster": clusterArn } },
    },
  ];
}

/** Pull the images of these repositories, as the ECS agent does before a worker starts. */
export function pullImages(repositoryArns: readonly string[]): readonly Statement[] {
  return [
    {
      Sid: "PullImages",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: repositoryArns,
    },
    onEverything("LogInToRegistry", ["ecr:GetAuthorizationToken"]),
  ];
}

/**
 * Belong to one cluster, as the agent of an EC2 instance does: AWS's managed policy without what the execution role does.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
 */
export function joinCluster(clusterArn: string): readonly Statement[] {
  return [
    {
      Sid: "JoinCluster",
      Effect: "Allow",
      Action: [
        "ecs:DeregisterContainerInstance",
        "ecs:RegisterContainerInstance",
        "ecs:SubmitAttachmentStateChanges",
        "ecs:SubmitContainerStateChange",
        "ecs:SubmitTaskStateChange",
      ],
      Resource: [clusterArn],
    },
    {
      Sid: "TakeOrders",
      Effect: "Allow",
      Action: ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
      Resource: [ownedByCluster(clusterArn, "container-instance")],
      Condition: { ArnEquals: { "ecs:cluster": clusterArn } },
    },
    onEverything("FindEndpoint", ["ecs:DiscoverPollEndpoint"]),
  ];
}

/** Hand one role to one service, and no other role to anybody. */
export function passRole(roleArn: string, service: string): readonly Statement[] {
  return [
    {
      Sid: "PassRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: [roleArn],
      Condition: { StringEquals: { "iam:PassedToService": service } },
    },
  ];
}

/** The operations on activities and their tasks. */
import { ServiceError, type Operation } from "../../service";
import type { Activities, Activity } from "./activities";
import { jsonProblem } from "../expressions/json-problem";
import { arn, name, optionalText, page, seconds, text, type Request } from "../request";
import type { Tags } from "../machines/tags";
import { ownerOfToken, type TaskTokens } from "./task-tokens";

/** In UTF-16 units. @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const TOKEN = [1, 2048] as const;
const OUTPUT = [0, 262_144] as const;
const ERROR = [0, 256] as const;
const CAUSE = [0, 32_768] as const;

export function activityOperations(
  activities: Activities,
  tokens: TaskTokens,
  tags: Tags,
  arnPrefix: string,
): Record<string, Operation> {
  const find = (activityArn: string): Activity => {
    const activity = activities.find(activityArn);
    if (activity === undefined)
      throw new ServiceError("ActivityDoesNotExist", `Activity Does Not Exist: '${activityArn}'`);
    return activity;
  };
  const arnOf = (request: Request): string => `${arnPrefix}:activity:${name(text(request, "name"))}`;
  const onActivity = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: arn(request, "activityArn", "activity") },
  ];
  /** The reference of service authorizations says `*`; AWS has been seen to judge these by the activity's ARN (aws-cdk#8486). */
  const onToken = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: ownerOfToken(text(request, "taskToken", TOKEN)) },
  ];
  return {
    CreateActivity: {
      needs: (request) => [{ action: "states:CreateActivity", resource: arnOf(request) }],
      run(request) {
        const activity = activities.create(arnOf(request), text(request, "name"));
        tags.add(activity.arn, request["tags"]);
        return { activityArn: activity.arn, creationDate: seconds(activity.createdMs) };
      },
    },
    DeleteActivity: {
      needs: onActivity("DeleteActivity"),
      run(request) {
        activities.remove(text(request, "activityArn"));
        return {};
      },
    },
    DescribeActivity: {
      needs: onActivity("DescribeActivity"),
      run(request) {
        const encryptionConfiguration = { type: "AWS_OWNED_KEY" };
        return { ...summary(find(text(request, "activityArn"))), encryptionConfiguration };
      },
    },
    ListActivities: {
      needs: () => [{ action: "states:ListActivities", resource: "*" }],
      run(request) {
        const { items, nextToken } = page(request, activities.list());
        return { activities: items.map(summary), nextToken };
      },
    },
    GetActivityTask: {
      needs: onActivity("GetActivityTask"),
      async run(request, { caller: { sessionName }, signal }) {
        const workerName = optionalText(request, "workerName", [1, 80]);
        const by = { workerName, sessionName };
        const task = await activities.poll(text(request, "activityArn"), by, signal);
        return task ?? { taskToken: null, input: null };
      },
    },
    SendTaskSuccess: {
      needs: onToken("SendTaskSuccess"),
      run(request) {
        const output = text(request, "output", OUTPUT);
        const problem = jsonProblem(output);
        if (problem !== null) throw new ServiceError("InvalidOutput", `Invalid Output: '${problem.message}'`);
        tokens.end(text(request, "taskToken"), { kind: "success", output });
        return {};
      },
    },
    SendTaskFailure: {
      needs: onToken("SendTaskFailure"),
      run(request) {
        const error = optionalText(request, "error", ERROR);
        const cause = optionalText(request, "cause", CAUSE);
        tokens.end(text(request, "taskToken"), { kind: "failure", error, cause });
        return {};
      },
    },
    SendTaskHeartbeat: {
      needs: onToken("SendTaskHeartbeat"),
      run(request) {
        tokens.heartbeat(text(request, "taskToken"));
        return {};
      },
    },
  };
}

function summary({ arn: activityArn, name: activityName, createdMs }: Activity): object {
  return { activityArn, name: activityName, creationDate: seconds(createdMs) };
}

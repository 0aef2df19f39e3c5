/** One saved query that follows a task wherever it ran: put its id in, and see every line of it in order. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { stackName } from "../naming";

/** Workers log `taskId` with every line (docs/operations.md); Lambda's JSON logs carry `requestId`. */
const QUERY = `fields @timestamp, @log, event, level, message, taskId, requestId, activity, error
| filter @message like /TASK-ID/
| sort @timestamp asc
| limit 1000`;

/** Declares `${name}`, over these log groups. */
export function followTask(
  name: string,
  logGroupNames: readonly pulumi.Input<string>[],
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.cloudwatch.QueryDefinition(
    name,
    { name: `${stackName("follow-task")}`, logGroupNames: [...logGroupNames], queryString: QUERY },
    opts,
  );
}

/** The floor of the calls to Step Functions: the SDK and nothing else, as many loops as slots. */
import { GetActivityTaskCommand, SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";

const [, , loops = "1"] = process.argv;
const activityArn = "arn:aws:states:eu-central-1:123456789012:activity:echo";
const polls = new SFNClient({ region: "eu-central-1" });
const reports = new SFNClient({ region: "eu-central-1" });

async function loop(): Promise<void> {
  for (;;) {
    const { taskToken, input } = await polls.send(
      new GetActivityTaskCommand({ activityArn, workerName: "bare" }),
    );
    if (taskToken !== undefined) await reports.send(new SendTaskSuccessCommand({ taskToken, output: input }));
  }
}

process.on("disconnect", () => process.exit());
process.send?.({ port: 0 });
for (let count = 0; count < Number(loops); count += 1) void loop();

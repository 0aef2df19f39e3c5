/** The Lambda function of the autoscaler; a schedule calls it once a minute. It keeps no state between two calls. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { parseAutoscalerSettings } from "./settings";
import { tick } from "./tick";

/** Less than the function's Timeout, so that a call which hangs is named in the log. */
const DEADLINE_MS = 40_000;

const settings = parseAutoscalerSettings(process.env);
const clients = { cloudWatch: new CloudWatchClient(), ecs: new ECSClient() };

export async function handler(): Promise<void> {
  await tick(clients, settings, {
    now: () => Date.now(),
    log: (event, fields) => {
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);
    },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
}

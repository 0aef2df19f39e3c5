/**
 * The Lambda function of the autoscaler: a schedule calls it once a minute, and a subscription to the state machine's log
 * when tasks are scheduled. It keeps no state between two calls.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { subscriptionEvent } from "./log-records";
import { readSettings } from "./read-settings";
import { receive } from "./signal";
import { tick, type TickOptions } from "./tick";

/** Less than the function's Timeout, so that a call which hangs is named in the log. */
const DEADLINE_MS = 40_000;

const ssm = new SSMClient();
const clients = { cloudWatch: new CloudWatchClient(), ecs: new ECSClient() };

export async function handler(event: unknown): Promise<void> {
  const options: TickOptions = {
    now: () => Date.now(),
    log: (name, fields) => {
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event: name, ...fields })}\n`);
    },
    signal: AbortSignal.timeout(DEADLINE_MS),
  };
  const settings = await readSettings(ssm, process.env, options.signal);
  const subscription = subscriptionEvent.safeParse(event);
  if (subscription.success) await receive(clients, settings, subscription.data.awslogs.data, options);
  else await tick(clients, settings, options);
}

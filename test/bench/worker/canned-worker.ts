/**
 * The worker as it is, but for Step Functions: tasks come from and go to this very process. Tells its parent how many
 * it has served.
 */
import type { Activity } from "../../../worker/activity";
import { systemClock } from "../../../worker/clock";
import { createFunctions } from "../../../worker/functions";
import { createLineWriter } from "../../../worker/line-writer";
import { createLog } from "../../../worker/log";
import { createYoungLimit } from "../../../worker/memory";
import { createMetrics } from "../../../worker/metrics";
import { parseWorkerSettings } from "../../../worker/settings";
import { createWorker } from "../../../worker/worker";

async function main(): Promise<void> {
  const settings = parseWorkerSettings(process.env);
  const { activityArn } = settings;
  const input = process.env["EVENT"] ?? "{}";
  let tasks = 0;
  process.on("message", () => process.send?.({ tasks }));
  process.on("disconnect", () => process.exit());
  const accepted = { kind: "accepted" } as const;
  const activity: Activity = {
    poll: () => Promise.resolve({ token: `token-${String(tasks)}`, input }),
    beat: () => Promise.resolve(accepted),
    succeed() {
      tasks += 1;
      return Promise.resolve(accepted);
    },
    fail: (_token, error, cause) => Promise.reject(new Error(`${error}: ${cause}`)),
  };
  const clock = systemClock;
  const log = createLog(
    createLineWriter((text) => process.stdout.write(text)),
    { activity: activityArn, pool: "echo" },
    clock.now,
  );
  const metrics = createMetrics({ activityArn, intervalSeconds: settings.metricsSeconds, clock, log });
  const functions = await createFunctions({
    settings,
    environment: process.env,
    region: "eu-central-1",
    metrics,
    clock,
    log,
  });
  const limitYoung = createYoungLimit();
  const worker = createWorker({
    settings,
    functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:echo",
    activity,
    onBusy: {
      begin() {
        limitYoung();
        metrics.begin();
      },
      end: metrics.end,
    },
    onOutcome: (_outcome, durationMs) => {
      metrics.task(durationMs, null);
    },
    onPoll: (poll) => {
      if (poll !== "failed") metrics.poll(poll.waitMs, poll.empty);
    },
    startFunctionProcess: functions.start,
    emptyScratch: functions.emptyScratch,
    clock,
    log,
    random: Math.random,
  });
  process.send?.({ port: 0 });
  await worker.run();
}

void main();

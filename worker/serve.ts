/** Runs a worker in this process: from its environment, through signals, to its exit code. */
import { homedir, hostname } from "node:os";
import { connectActivity } from "./activity";
import { systemClock } from "./clock";
import { describeWorker } from "./ecs-metadata";
import { createFunctions } from "./functions";
import { createHealth, serveHealth } from "./health";
import { createLineWriter } from "./line-writer";
import { createLog, type Log } from "./log";
import { createYoungLimit } from "./memory";
import { createMetrics } from "./metrics";
import { createProtection } from "./protection";
import { parseWorkerSettings, REPORT_SECONDS, type ParsedWorkerSettings } from "./settings";
import { spotNotice } from "./spot-notice";
import { createWorker, type Worker } from "./worker";

/** Drained: every task that was held has its outcome. */
const EXIT_DRAINED = 0;
const EXIT_FAILED = 1;
/** Settings, or an image that can't work here: starting again won't help. */
const EXIT_REFUSED = 2;
/** Drained, because the function does not start or is not one for here. */
const EXIT_GAVE_UP = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns at once; the process ends when the worker has. */
export function serve(environment: Environment): void {
  let settings: ParsedWorkerSettings;
  try {
    settings = parseWorkerSettings(environment);
  } catch (error) {
    refuse((error as Error).message);
    return;
  }
  run(settings, environment).catch((error: unknown) => {
    refuse((error as Error).message);
  });
}

function refuse(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exit(EXIT_REFUSED);
}

/** Rejects when the worker can't begin. */
async function run(settings: ParsedWorkerSettings, environment: Environment): Promise<void> {
  settleHome();
  const early = listenEarly();
  const log = createLog(
    createLineWriter((text) => process.stdout.write(text)),
    {
      activity: settings.activityArn,
      pool: settings.functionName,
      ...(await describeWorker(environment["ECS_CONTAINER_METADATA_URI_V4"])),
    },
    systemClock.now,
  );
  const { worker, close } = await assemble(settings, environment, log);
  early.hand(worker, log);
  const end = await worker.run().catch((error: unknown) => {
    fail(worker, log, error);
    return null;
  });
  await close();
  // Whoever kills the worker also says how it exits.
  if (end === null || early.killed()) return;
  // Exits even when a poll is open: the budget is spent then.
  process.exit(end === "drained" ? EXIT_DRAINED : EXIT_GAVE_UP);
}

/**
 * AWS's SDK looks for its files at home, and fails every call of a user who has none: no HOME, no line in /etc/passwd.
 * Then home is what container runtimes take for such users.
 */
function settleHome(): void {
  try {
    homedir();
  } catch {
    process.env["HOME"] = "/";
  }
}

interface Assembled {
  readonly worker: Worker;
  close(): Promise<void>;
}

async function assemble(
  settings: ParsedWorkerSettings,
  environment: Environment,
  log: Log,
): Promise<Assembled> {
  const clock = systemClock;
  const { activityArn, functionName, slots, heartbeatSeconds } = settings;
  // arn:PARTITION:states:REGION:ACCOUNT:activity:NAME; EC2's ECS agent gives no AWS_REGION to a container.
  const [, partition = "", , region = "", account = ""] = activityArn.split(":");
  const workerName = `${hostname()}-${String(process.pid)}`.slice(-80);
  const metrics = createMetrics({ activityArn, intervalSeconds: settings.metricsSeconds, clock, log });
  const functions = await createFunctions({ settings, environment, region, metrics, clock, log });
  const taskSeconds = settings.timeoutSeconds + REPORT_SECONDS;
  const protection = createProtection({ agentUri: environment["ECS_AGENT_URI"], taskSeconds, clock, log });
  const limitYoung = createYoungLimit();
  let busySlots = 0;
  const health = createHealth({ state: () => worker.state(), busySlots: () => busySlots, clock });
  const worker = createWorker({
    settings,
    functionArn: `arn:${partition}:lambda:${region}:${account}:function:${functionName}`,
    activity: connectActivity({ activityArn, region, slots, heartbeatSeconds, workerName }),
    onBusy: {
      begin() {
        limitYoung();
        busySlots += 1;
        metrics.begin();
        protection.begin();
      },
      end() {
        busySlots -= 1;
        metrics.end();
        protection.end();
      },
    },
    onOutcome: (outcome, durationMs) => {
      metrics.task(durationMs, outcome.kind === "success" ? null : outcome.error);
    },
    onPoll(poll) {
      if (poll === "failed") health.pollFailed();
      else {
        health.pollAnswered();
        metrics.poll(poll.waitMs, poll.empty);
      }
    },
    startFunctionProcess: functions.start,
    emptyScratch: functions.emptyScratch,
    clock,
    log,
    random: Math.random,
  });
  const over = new AbortController();
  const served = settings.healthPort === undefined ? null : await serveHealth(health, settings.healthPort);
  if (served !== null) log("HealthServed", { port: served.port });
  if (settings.spotNotice) void drainOnNotice(worker, environment, log, over.signal);
  return {
    worker,
    async close() {
      over.abort();
      metrics.close();
      served?.close();
      await functions.close();
    },
  };
}

/** As AWS's SDKs find the instance metadata. */
async function drainOnNotice(
  worker: Worker,
  environment: Environment,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const endpoint = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254";
  const notice = await spotNotice({ endpoint, signal, clock: systemClock, log });
  if (notice === null) return;
  log("SpotNoticeReceived", { endsAt: new Date(notice.endsMs).toISOString() });
  worker.drain(Math.max(0, notice.endsMs - systemClock.now()));
}

/**
 * The first SIGTERM or SIGINT drains; a second one of the same kind kills. Listens from the first moment: one that comes
 * before there is a worker is told to it.
 */
function listenEarly(): { hand(worker: Worker, log: Log): void; killed(): boolean } {
  const received = { SIGTERM: 0, SIGINT: 0 };
  const numbers = { SIGTERM: 15, SIGINT: 2 };
  let onSignal: (signal: keyof typeof received) => void = () => undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // One listener for good: without any, even for an instant, the system's own answer to the signal is the end.
    process.on(signal, () => {
      received[signal] += 1;
      onSignal(signal);
    });
  }
  return {
    killed: () => received.SIGTERM > 1 || received.SIGINT > 1,
    hand(worker, log) {
      onSignal = (signal) => {
        if (received[signal] === 1) worker.drain();
        if (received[signal] !== 2) return;
        log("WorkerKilled", { signal });
        // As a shell says it: 128 and the signal's number.
        void worker.kill().then(() => process.exit(128 + numbers[signal]));
      };
      for (const signal of ["SIGTERM", "SIGINT"] as const) if (received[signal] > 0) worker.drain();
      process.once("uncaughtException", (error) => {
        fail(worker, log, error);
      });
    },
  };
}

function fail(worker: Worker, log: Log, error: unknown): void {
  log("WorkerFailed", { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  void worker.kill().finally(() => process.exit(EXIT_FAILED));
}

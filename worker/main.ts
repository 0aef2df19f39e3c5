/** Entry point of the worker: settings from the environment, signals, exit codes. */
import { hostname } from "node:os";
import { connectActivity } from "./activity";
import { systemClock } from "./clock";
import { createFunctionProcess } from "./function-process";
import { environmentForFunctions } from "./lambda-environment";
import { createLog, type Log } from "./log";
import { createProtection } from "./protection";
import { parseWorkerSettings, REPORT_SECONDS, type WorkerSettings } from "./settings";
import { createWorker, type Worker } from "./worker";

/** Drained: every task that was held has its outcome. */
const EXIT_DRAINED = 0;
const EXIT_FAILED = 1;
const EXIT_WRONG_SETTINGS = 2;

function main(): void {
  let settings: WorkerSettings;
  try {
    settings = parseWorkerSettings(process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(EXIT_WRONG_SETTINGS);
  }
  const write = (line: string): void => {
    process.stdout.write(line);
  };
  const log = createLog(
    write,
    { activity: settings.activityArn, pool: settings.functionName },
    systemClock.now,
  );
  const worker = assemble(settings, log);
  listen(worker, log);
  worker.run().then(
    // Exits even when a poll is open: the budget is spent then.
    () => process.exit(EXIT_DRAINED),
    (error: unknown) => {
      fail(worker, log, error);
    },
  );
}

function assemble(settings: WorkerSettings, log: Log): Worker {
  const { activityArn, functionName, slots, heartbeatSeconds } = settings;
  // arn:PARTITION:states:REGION:ACCOUNT:activity:NAME; EC2's ECS agent gives no AWS_REGION to a container.
  const [, partition = "", , region = "", account = ""] = activityArn.split(":");
  const workerName = `${hostname()}-${String(process.pid)}`.slice(-80);
  return createWorker({
    settings,
    functionArn: `arn:${partition}:lambda:${region}:${account}:function:${functionName}`,
    activity: connectActivity({ activityArn, region, slots, heartbeatSeconds, workerName }),
    protection: createProtection({
      agentUri: process.env["ECS_AGENT_URI"],
      taskSeconds: settings.timeoutSeconds + REPORT_SECONDS,
      clock: systemClock,
      log,
    }),
    startFunctionProcess: () =>
      createFunctionProcess({
        command: [...settings.entryPoint, ...settings.command],
        handler: settings.command.at(-1) ?? "",
        workingDirectory: settings.workingDirectory,
        environment: {
          AWS_REGION: region,
          AWS_DEFAULT_REGION: region,
          ...environmentForFunctions(process.env),
        },
        functionName,
        memoryMib: settings.memoryMib,
        onOutput: (line, stream, taskId) => {
          log("FunctionPrinted", { taskId, stream, line });
        },
        onProcess: ({ kind, ...fields }) => {
          log(kind === "started" ? "FunctionProcessStarted" : "FunctionProcessEnded", fields);
        },
      }),
    clock: systemClock,
    log,
    random: Math.random,
  });
}

/** The first SIGTERM or SIGINT drains; a second one of the same kind kills. */
function listen(worker: Worker, log: Log): void {
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
  ] as const) {
    let received = 0;
    // One listener for good: without any, even for an instant, the system's own answer to the signal is the end.
    process.on(signal, () => {
      received += 1;
      if (received === 1) worker.drain();
      if (received !== 2) return;
      log("WorkerKilled", { signal });
      // As a shell says it: 128 and the signal's number.
      void worker.kill().then(() => process.exit(128 + number));
    });
  }
  process.once("uncaughtException", (error) => {
    fail(worker, log, error);
  });
}

function fail(worker: Worker, log: Log, error: unknown): void {
  log("WorkerFailed", { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  void worker.kill().finally(() => process.exit(EXIT_FAILED));
}

main();

/** What most of the worker's tests stand on: its bundle, a Step Functions of their own, and its end after each test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { startStepFunctions, type FakeStepFunctions } from "./step-functions";
import { startWorker, type WorkerProcess } from "./worker-process";

export interface Stage {
  /** A directory of this test file's own, which goes with it. */
  readonly directory: string;
  /** The worker's bundle. */
  readonly file: string;
  /** A fresh one for each test. */
  readonly states: FakeStepFunctions;
  /** The one that was started last. */
  readonly worker: WorkerProcess;
  /** Starts a worker; after the test it is killed, unless it has ended. */
  start(
    ...options: Parameters<typeof startWorker> extends [string, string, ...infer Rest] ? Rest : never
  ): WorkerProcess;
  /** SIGTERM, and the exit code; open polls are answered with nothing. */
  stop(): Promise<number | null>;
}

/** Call it once, where the tests are described. `endpoint`: of all other services than the fake one. */
export function stageWorkers(endpoint?: () => string): Stage {
  let directory = "";
  let file = "";
  let states: FakeStepFunctions | undefined;
  let worker: WorkerProcess | undefined;

  const current = (): FakeStepFunctions => {
    if (states === undefined) throw new Error("Step Functions is there within tests only");
    return states;
  };
  const stop = async (): Promise<number | null> => {
    worker?.signal("SIGTERM");
    const answering = setInterval(() => states?.answerPolls(), 20);
    const code = await worker?.exited;
    clearInterval(answering);
    return code ?? null;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "loveless-worker-"));
    file = await bundleWorker(directory);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  beforeEach(async () => {
    states = await startStepFunctions();
  });
  afterEach(async () => {
    // Most tests have seen it exit already; of the others nothing is wanted any more.
    worker?.signal("SIGTERM");
    await Promise.race([worker?.exited, worker?.line("WorkerStateChanged", ({ to }) => to === "draining")]);
    await stop();
    worker = undefined;
    await states?.close();
  });

  return {
    get directory() {
      return directory;
    },
    get file() {
      return file;
    },
    get states() {
      return current();
    },
    get worker() {
      if (worker === undefined) throw new Error("no worker has been started; call start()");
      return worker;
    },
    start(...options) {
      worker = startWorker(file, endpoint?.() ?? current().endpoint, ...options);
      return worker;
    },
    stop,
  };
}

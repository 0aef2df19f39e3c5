/**
 * A Step Functions that is killed at chosen commits, and begun again on the same directory, with a Lambda, workers and
 * holders of callbacks around it that live on: in process and on a manual clock.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { createAccess } from "../../../local/cloud/access";
import { seededRandom } from "../../../local/cloud/faults/random";
import { createCommits } from "../../../local/cloud/state-store/commits";
import { openDatabase } from "../../../local/cloud/state-store/database";
import { createDocuments } from "../../../local/cloud/state-store/documents";
import { createStatesStore } from "../../../local/cloud/state-store/states-store";
import { createDefinitionReader } from "../../../local/cloud/states/definition/definition";
import type { Execution } from "../../../local/cloud/states/executions/execution";
import { createStates, type States } from "../../../local/cloud/states/states";
import type { Outcome } from "../../../worker/outcome";
import { createManualClock, type ManualClock } from "../states/manual-clock";
import { ACTIVITY, ask, machineArn, ROLE, type Answer } from "./cloud";

export interface Scene {
  /** By name; `main` is started. */
  readonly machines: Readonly<Record<string, object>>;
  readonly input?: unknown;
  /** What the function answers, which may be called more than once for one task. @default the payload */
  readonly answer?: (payload: string) => Outcome;
  /** How far branches come before another one fails is a matter of luck. */
  readonly raced?: true;
}

export interface Ending {
  /** Of `main`. */
  readonly execution: Execution;
  /** The others, oldest first. */
  readonly others: readonly Execution[];
  /** How often the store was committed to, in each life. */
  readonly commits: readonly number[];
  /** How often the function was called with each payload. */
  readonly calls: ReadonlyMap<string, number>;
}

interface Life {
  readonly states: States;
  readonly clock: ManualClock;
  readonly isKilled: () => boolean;
  readonly commits: () => number;
  end(): Promise<void>;
}

/** Plays a scene to its end. The first life is killed after `kills[0]` commits, the next after `kills[1]`, the last lives. */
export async function play(scene: Scene, kills: readonly number[]): Promise<Ending> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
  const world = createWorld(scene);
  const commits: number[] = [];
  let nowMs = Date.UTC(2026, 10, 20);
  try {
    for (let lives = 0; ; lives++) {
      const life = begin(directory, scene, world, {
        nowMs,
        killAfter: kills[lives] ?? Infinity,
        seed: lives,
      });
      await live(life, world, lives === 0 ? scene.input : undefined);
      commits.push(life.commits());
      nowMs = life.clock.now();
      const all = [...life.states.view.executions()].reverse();
      await life.end();
      if (life.isKilled()) continue;
      const execution = all.find(
        ({ target, mapRunArn }) => target.machine.name === "main" && mapRunArn === null,
      );
      if (execution === undefined) throw new Error("The execution got lost.");
      return { execution, others: all.filter((each) => each !== execution), commits, calls: world.calls };
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface World {
  readonly calls: Map<string, number>;
  invoke(payload: string): Promise<Outcome>;
  /** What those outside do when they get their turn. */
  act(call: (operation: string, input: object) => Promise<Answer | null>): void;
}

const NEVER = "never";

/** Tokens are remembered until somebody took them, or said that they are worthless. */
function createWorld({ answer }: Scene): World {
  const calls = new Map<string, number>();
  const tokens = new Map<string, string>();
  return {
    calls,
    invoke(payload) {
      calls.set(payload, (calls.get(payload) ?? 0) + 1);
      const { token } = JSON.parse(payload) as { token?: string };
      if (token !== undefined) tokens.set(token, '"called back"');
      if (payload === `"${NEVER}"`) return new Promise(() => undefined);
      return Promise.resolve(answer?.(payload) ?? { kind: "success", output: payload });
    },
    act(call) {
      for (const [taskToken, output] of tokens)
        void call("SendTaskHeartbeat", { taskToken }).then(() =>
          call("SendTaskSuccess", { taskToken, output }).then((told) => {
            if (told !== null) tokens.delete(taskToken);
          }),
        );
      void call("GetActivityTask", { activityArn: ACTIVITY, workerName: "w" }).then((told) => {
        const { taskToken, input } = told?.output ?? {};
        if (typeof taskToken === "string") tokens.set(taskToken, String(input));
      });
    },
  };
}

function begin(
  directory: string,
  { machines }: Scene,
  world: World,
  { nowMs, killAfter, seed }: { nowMs: number; killAfter: number; seed: number },
): Life {
  const database = openDatabase({ directory, stack: "test" });
  let count = 0;
  const isKilled = (): boolean => count >= killAfter;
  const commits = createCommits(database, {
    onFailure(error) {
      throw error;
    },
    // As often as can be: in the real one a turn has many of these.
    schedule(flush) {
      queueMicrotask(() => {
        if (isKilled()) return;
        flush();
        count += 1;
      });
    },
  });
  const store = createStatesStore(database, commits, createDocuments(database, commits));
  const clock = createManualClock(nowMs);
  const states = createStates({
    access: createAccess(),
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    // Another chance in each life.
    random: seededRandom(seed, "life"),
    readDefinition: createDefinitionReader(() => []),
    metrics: { record: () => undefined },
    services: () => undefined,
    invoker: { invoke: (_arn, payload) => world.invoke(payload) },
    store,
  });
  states.createActivity({ arn: ACTIVITY, name: "a" });
  for (const [name, definition] of Object.entries(machines)) {
    const text = JSON.stringify(definition);
    states.createStateMachine({
      arn: machineArn(name),
      name,
      definition: text,
      roleArn: ROLE,
      type: "STANDARD",
    });
  }
  return {
    states,
    clock,
    isKilled,
    commits: () => count,
    async end() {
      // What is killed closes nothing.
      if (!isKilled()) await states.close();
      database.close();
    },
  };
}

/** Until the execution has ended, or the process is killed. */
async function live({ states, clock, isKilled }: Life, world: World, input: unknown): Promise<void> {
  const gone = new AbortController();
  const call = async (operation: string, given: object): Promise<Answer | null> => {
    if (isKilled()) return null;
    const answer = await ask(states.service, operation, given, gone.signal);
    return isKilled() ? null : answer;
  };
  states.goOn();
  const running = (): Execution | undefined =>
    states.view
      .executions()
      .find(({ target, mapRunArn }) => target.machine.name === "main" && mapRunArn === null);
  for (let turns = 0; turns < 500 && !isKilled(); turns++) {
    if (running() === undefined)
      void call("StartExecution", {
        stateMachineArn: machineArn("main"),
        input: JSON.stringify(input ?? {}),
      });
    if (turns > 2) world.act(call);
    await clock.advance(turns < 5 ? 0 : 10_000);
    await turn();
    const ended = running();
    if (ended !== undefined && ended.status !== "RUNNING" && !isKilled()) break;
  }
  gone.abort();
  await turn();
}

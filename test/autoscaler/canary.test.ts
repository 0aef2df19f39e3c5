/** The canary: one worker that tries a new deployment of a pool which no task needs. As tables of one tick. */
import type { Bin, Deployment, Workers } from "../../autoscaler/observation";
import { type Decision, plan } from "../../autoscaler/plan";
import { readRecord, writeRecord } from "../../autoscaler/plan-record";
import { parseSettings, type PoolSettings } from "../../autoscaler/settings";
import { binsOf, EPOCH_MS, MINUTE_MS, times } from "./bins";

const POOL: PoolSettings = {
  function: "detect",
  activityArn: "arn:aws:states:eu-west-1:123456789012:activity:detect",
  serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/loveless/detect",
  slots: 1,
  minWorkers: 0,
  maxWorkers: 8,
  profile: "balanced",
};
const CANARY_MINUTES = 30;
/** The deployment begins with minute 2; it is asked in the middle of the last bin. */
const YOUNG: Deployment = { createdMs: EPOCH_MS + 2 * MINUTE_MS, state: "COMPLETED", failedStarts: 0 };

interface Story {
  readonly bins?: readonly Bin[];
  readonly workers?: Workers;
  readonly deployment?: Deployment | undefined;
  readonly pool?: Partial<PoolSettings>;
  readonly canaryMinutes?: number;
}

const NOBODY: Workers = { desired: 0, running: 0, pending: 0 };
const ONE: Workers = { desired: 1, running: 1, pending: 0 };

function recordOf({ bins = binsOf(...times(4, {})), workers = NOBODY, ...more }: Story) {
  const { pool, canaryMinutes = CANARY_MINUTES } = more;
  const observed = {
    bins: { known: true, value: bins },
    workers: { known: true, value: workers },
    deployment: "deployment" in more ? more.deployment : YOUNG,
    signalled: [],
  } as const;
  return {
    observation: new Map([[POOL.activityArn, observed]]),
    settings: { minuteSeconds: 60, pools: [{ ...POOL, ...pool }], canaryMinutes },
    nowMs: EPOCH_MS + (bins.length - 0.5) * MINUTE_MS,
  };
}

function decide(story: Story): Decision {
  const { observation, settings, nowMs } = recordOf(story);
  const [decision] = plan(observation, settings, nowMs);
  if (decision === undefined) throw new Error("no decision");
  return decision;
}

/** Two quiet minutes, then what ran minute by minute since the deployment. */
function ran(...running: readonly (number | null)[]): Bin[] {
  return binsOf({}, {}, ...running.map((count) => ({ running: count, desired: 1 })), {});
}

test("a pool at zero starts one worker for a new deployment, and says why", () => {
  expect(decide({})).toMatchObject({
    action: "scaleOut",
    desired: 1,
    reason: "0 workers for 0 waiting and 0 running; canary: 1 worker tries the newest deployment",
  });
});

test.each<[string, Story, number]>([
  ["no canary where none is asked for", { canaryMinutes: 0 }, 0],
  ["no canary where ECS says nothing of a deployment", { deployment: undefined }, 0],
  ["no canary for an old deployment", { bins: binsOf(...times(33, {})) }, 0],
  ["a canary to the end of its time", { bins: binsOf(...times(32, {})) }, 1],
  ["no canary beyond the spend cap", { pool: { pricePerWorkerHour: 2, spendCapPerHour: 1 } }, 0],
  ["the canary is one of minWorkers, not one more", { pool: { minWorkers: 2 } }, 2],
  ["a worker that has run for two minutes goes on", { workers: ONE, bins: ran(0, 1, 1) }, 1],
  ["a worker that has run for three minutes has proved it", { workers: ONE, bins: ran(0, 1, 1, 1) }, 0],
  ["a lost point breaks no row", { workers: ONE, bins: ran(1, null, 1, 1) }, 0],
  ["one that runs only now and then proves nothing", { workers: ONE, bins: ran(1, 1, 0, 1, 0, 1, 1) }, 1],
  [
    "workers of the deployment before prove nothing while they are replaced",
    { workers: ONE, bins: ran(1, 1, 1), deployment: { ...YOUNG, state: "IN_PROGRESS" } },
    1,
  ],
  [
    "workers from before the deployment prove nothing",
    { workers: ONE, bins: binsOf(...times(3, { running: 1 }), {}) },
    1,
  ],
])("%s", (_name, story, expected) => {
  expect(decide(story).desired).toBe(expected);
});

test("starts that fail are told", () => {
  const { reason } = decide({ workers: { ...ONE, running: 0 }, deployment: { ...YOUNG, failedStarts: 2 } });
  expect(reason).toMatch(/canary: .*, of which 2 starts failed so far$/);
});

describe("of a deployment that ECS gave up", () => {
  const deployment: Deployment = { ...YOUNG, state: "FAILED", failedStarts: 3 };

  test("no more workers are desired, whatever waits", () => {
    const decision = decide({ deployment, bins: binsOf({}, {}, { scheduled: 5 }, {}) });
    expect(decision).toMatchObject({ action: "hold", desired: 0, deploymentFailed: true });
    expect(decision.reason).toMatch(
      /^the newest deployment failed, and ECS starts no worker.*; \d workers for 5 waiting/,
    );
  });

  test("workers that nobody needs go as ever", () => {
    const old = { ...deployment, createdMs: EPOCH_MS - 100 * MINUTE_MS };
    expect(decide({ deployment: old, workers: { desired: 3, running: 3, pending: 0 } })).toMatchObject({
      action: "scaleIn",
      desired: 0,
    });
  });
});

test("what was observed of a deployment can be replayed", () => {
  const { observation, settings, nowMs } = recordOf({ deployment: { ...YOUNG, failedStarts: 2 } });
  const whole = parseSettings({ clusterArn: "arn:cluster", ...settings }, "settings", "");
  const record = JSON.parse(JSON.stringify(writeRecord({ observation, settings: whole, nowMs }))) as unknown;
  const again = readRecord(record);
  expect(plan(again.observation, again.settings, again.nowMs)[0]?.reason).toBe(
    plan(observation, settings, nowMs)[0]?.reason,
  );
});

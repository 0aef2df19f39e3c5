import { createFargateCapacity, createFargateLaunchRate } from "../../../local/cloud/ecs/capacity";
import { createEcs, type Ecs } from "../../../local/cloud/ecs/ecs";
import { createPool } from "../../../local/cloud/ecs/pool";
import type { PoolDefinition } from "../../../local/cloud/ecs/pool-definition";
import { createAccess } from "../../../local/cloud/access";
import type { Container, ContainerEnd, Processes } from "../../../local/cloud/processes";
import { createManualClock } from "../states/manual-clock";
import { temporaryDirectory } from "./loopback";

/** A container that notes what is done to it, and ends when it is killed, or has no time. */
function fakeContainer(id: string, told: string[]): Container {
  const { promise: ended, resolve } = Promise.withResolvers<ContainerEnd>();
  return {
    id,
    pid: 1,
    ended,
    stop(graceMs) {
      told.push(`stop ${String(graceMs)}`);
      if (graceMs === 0) resolve({ exitCode: 0, signal: null, problem: null });
      return ended;
    },
    kill() {
      told.push("kill");
      resolve({ exitCode: null, signal: "SIGKILL", problem: null });
      return true;
    },
  };
}

function pool(desiredCount: number, startDelaySeconds = 0) {
  const clock = createManualClock();
  const told: string[] = [];
  const lost: string[] = [];
  const created = createPool({
    clock,
    desiredCount,
    capacity: createFargateCapacity(clock, createFargateLaunchRate(clock), startDelaySeconds),
    spot: { onDemandWorkers: 0, share: 0 },
    stopTimeoutSeconds: 30,
    start: (id) => fakeContainer(id, told),
    onLost: (id) => lost.push(id),
  });
  return { clock, told, lost, pool: created };
}

test("a killed worker is lost, and replaced", async () => {
  const { clock, told, lost, pool: workers } = pool(2);
  await clock.advance(0);
  const [first] = workers.workers();
  expect(workers.kill(first?.id ?? "")).toBe(true);
  await clock.advance(1_000);
  expect([told, lost]).toEqual([["kill"], [first?.id]]);
  expect(workers.counts()).toEqual({ desired: 2, running: 2, pending: 0 });
});

test("an interrupted worker is told, and no longer counted; its replacement does not wait for its end", async () => {
  const { clock, told, lost, pool: workers } = pool(1);
  await clock.advance(0);
  const [first] = workers.workers();
  workers.protect(first?.id ?? "", clock.now() + 60_000);
  expect(workers.interrupt(first?.id ?? "", 10_000)).toBe(true);
  await clock.advance(0);
  expect([told, lost]).toEqual([["stop 10000"], []]);
  expect(workers.workers().map(({ state }) => state)).toEqual(["stopping", "running"]);
  expect(workers.interrupt(first?.id ?? "", 10_000)).toBe(false);
});

test("a worker that does not run yet can neither be killed nor interrupted", () => {
  const { told, pool: workers } = pool(1, 60);
  const [first] = workers.workers();
  expect([workers.kill(first?.id ?? ""), workers.interrupt(first?.id ?? "", 0), told]).toEqual([
    false,
    false,
    [],
  ]);
});

const opened: Ecs[] = [];
afterAll(async () => {
  for (const ecs of opened) await ecs.close(0);
});

async function ecsWith(services: readonly Partial<PoolDefinition>[]) {
  const clock = createManualClock();
  const told: string[] = [];
  const processes: Processes = {
    runId: "none",
    marks: () => ({}),
    start: (id) => fakeContainer(id, told),
    endContainer: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const ecs = await createEcs({
    access: createAccess(),
    clock,
    processes,
    workerFile: "",
    startDelaySeconds: { fargate: 0, ec2: 0, "managed-instances": 0 },
    minuteSeconds: 5,
    logDirectory: temporaryDirectory(),
    followLog: () => () => undefined,
    homeDirectory: temporaryDirectory(),
    cloudEnvironment: () => ({}),
    warn: () => undefined,
  });
  opened.push(ecs);
  services.forEach((more, index) => {
    ecs.addService({
      serviceArn: `arn:${String(index)}`,
      serviceName: String(index),
      clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
      clusterName: "main",
      taskDefinitionArn: "arn",
      imageUri: "function",
      otherImageUris: [],
      roleArn: null,
      executionRole: null,
      activityArn: "arn",
      functionName: "f",
      placement: "fargate",
      gpu: false,
      instances: null,
      needs: { cpu: 1024, memoryMib: 2048, gpus: 0 },
      spot: { onDemandWorkers: 0, share: 0 },
      desiredCount: 1,
      slots: 1,
      stopTimeoutSeconds: 120,
      taskRoot: "/",
      environment: {},
      ...more,
    });
  });
  await clock.advance(0);
  return { clock, told, ecs };
}

test("Spot takes back workers on Spot alone, after the local two minutes, or their stop time-out", async () => {
  const none = await ecsWith([{}]);
  expect([none.ecs.interrupt(0), none.told]).toEqual([false, []]);
  const spot = { onDemandWorkers: 0, share: 1 };
  const some = await ecsWith([{}, { spot }, { spot, stopTimeoutSeconds: 3 }]);
  expect([some.ecs.interrupt(0), some.ecs.interrupt(0.99)]).toEqual([true, true]);
  expect(some.told).toEqual(["stop 10000", "stop 3000"]);
});

test("of a service with a base on demand, the share of the rest is on Spot", async () => {
  const { ecs, told } = await ecsWith([{ desiredCount: 6, spot: { onDemandWorkers: 2, share: 0.5 } }]);
  while (ecs.interrupt(0)) if (told.length > 6) break;
  expect(told).toHaveLength(2);
});

test("chance says which of the running workers is killed", async () => {
  const { told, ecs } = await ecsWith([{ desiredCount: 0 }, {}]);
  expect([ecs.kill(0.5), told]).toEqual([true, ["kill"]]);
  const empty = await ecsWith([{ desiredCount: 0 }]);
  expect(empty.ecs.kill(0)).toBe(false);
});

test("services of the same capacity provider share its instances", async () => {
  const instances = { provider: "gpu", instanceType: "g5.xlarge", maxInstances: 2, warmInstances: 0 };
  const needs = { cpu: 1024, memoryMib: 2048, gpus: 1 };
  const on = { placement: "ec2", gpu: true, instances, needs } as const;
  const { ecs, clock } = await ecsWith([
    { ...on, desiredCount: 2 },
    { ...on, desiredCount: 1 },
  ]);
  await clock.advance(1_000);
  expect(ecs.pools().map(({ runningCount, pendingCount }) => [runningCount, pendingCount])).toEqual([
    [2, 0],
    [0, 1],
  ]);
});

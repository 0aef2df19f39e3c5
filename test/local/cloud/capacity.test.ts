import {
  createFargateCapacity,
  createFargateLaunchRate,
  createInstanceCapacity,
  type InstanceCapacityOptions,
} from "../../../local/cloud/ecs/capacity";
import { workersPerInstance } from "../../../local/cloud/ecs/instance-types";
import { instanceFactsOf, spotFactsOf } from "../../../local/cloud/ecs/capacity-facts";
import { byReference } from "../../../local/cloud/properties";
import { createManualClock } from "../states/manual-clock";
import type { Json } from "../../../local/graph";
import { resource } from "./graphs";

describe("Fargate", () => {
  test("starts a hundred workers at once, and then twenty a second", async () => {
    const clock = createManualClock();
    const capacity = createFargateCapacity(clock, createFargateLaunchRate(clock), 0);
    let started = 0;
    for (let worker = 0; worker < 150; worker += 1) capacity.claim(() => (started += 1));
    await clock.advance(0);
    expect(started).toBe(100);
    await clock.advance(1000);
    expect(started).toBe(120);
    await clock.advance(1500);
    expect(started).toBe(150);
  });

  test("starts a worker after its start-up delay, unless it is called off", async () => {
    const clock = createManualClock();
    const capacity = createFargateCapacity(clock, createFargateLaunchRate(clock), 20);
    const started: string[] = [];
    capacity.claim(() => started.push("wanted"));
    const giveBack = capacity.claim(() => started.push("called off"));
    await clock.advance(19_999);
    giveBack();
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual(["wanted"]);
  });
});

function instances(more: Partial<InstanceCapacityOptions> = {}) {
  const clock = createManualClock();
  const full: number[] = [];
  const capacity = createInstanceCapacity({
    clock,
    startDelaySeconds: 20,
    workersPerInstance: 1,
    maxInstances: 4,
    warmInstances: 0,
    firstInstances: 2,
    lingerSeconds: 75,
    onFull: () => full.push(clock.now()),
    ...more,
  });
  let started = 0;
  const claim = (count: number): readonly (() => void)[] =>
    Array.from({ length: count }, () => capacity.claim(() => (started += 1)));
  return { clock, capacity, claim, full, started: () => started };
}

describe("instances", () => {
  test("start two from nothing, though one worker waits", async () => {
    const { clock, capacity, claim, started } = instances();
    claim(1);
    await clock.advance(19_999);
    expect([capacity.instances(), started()]).toEqual([2, 0]);
    await clock.advance(1);
    expect(started()).toBe(1);
  });

  test("start the next worker at once where one lingers, and end when nobody came", async () => {
    const { clock, capacity, claim, started } = instances({ firstInstances: 1 });
    const [giveBack] = claim(1);
    await clock.advance(20_000);
    giveBack?.();
    await clock.advance(70_000);
    const [again] = claim(1);
    await clock.advance(0);
    expect([capacity.instances(), started()]).toEqual([1, 2]);
    await clock.advance(100_000);
    expect(capacity.instances()).toBe(1);
    again?.();
    await clock.advance(75_000);
    expect(capacity.instances()).toBe(0);
  });

  test("hold as many workers as fit, and are as many as the rest needs", async () => {
    const { clock, capacity, claim, started } = instances({ workersPerInstance: 2 });
    claim(6);
    await clock.advance(20_000);
    expect([capacity.instances(), started()]).toEqual([3, 6]);
  });

  test("are no more than the group may have: the rest waits, is told once, and goes on when there is room", async () => {
    const { clock, capacity, claim, full, started } = instances({ maxInstances: 2 });
    const claims = claim(4);
    await clock.advance(20_000);
    expect([capacity.instances(), started(), full.length]).toEqual([2, 2, 1]);
    claims[0]?.();
    await clock.advance(0);
    expect([started(), full.length]).toEqual([3, 1]);
  });

  test("leave nothing to wait for once they are closed, though workers end later", async () => {
    const { clock, capacity, claim } = instances();
    const [giveBack] = claim(1);
    await clock.advance(20_000);
    capacity.close();
    giveBack?.();
    expect(clock.pending()).toBe(0);
  });

  test("start in half the time while warm ones wait, which are made good", async () => {
    const { clock, claim, started } = instances({ firstInstances: 1, warmInstances: 1 });
    claim(2);
    await clock.advance(10_000);
    expect(started()).toBe(1);
    await clock.advance(10_000);
    expect(started()).toBe(2);
    claim(1);
    await clock.advance(10_000);
    expect(started()).toBe(3);
  });

  test("are not started for a worker that was called off before", async () => {
    const { clock, capacity, claim, started } = instances();
    claim(1)[0]?.();
    await clock.advance(60_000);
    expect([capacity.instances(), started()]).toEqual([0, 0]);
  });
});

test.each([
  ["g4dn.xlarge", { cpu: 3072, memoryMib: 12_288, gpus: 1 }, 1],
  ["g4dn.12xlarge", { cpu: 3072, memoryMib: 12_288, gpus: 1 }, 4],
  ["g5.4xlarge", { cpu: 1024, memoryMib: 2048, gpus: 1 }, 1],
  ["c6i.large", { cpu: 1024, memoryMib: 2048, gpus: 0 }, 1],
  ["m7g.4xlarge", { cpu: 1024, memoryMib: 2048, gpus: 0 }, 16],
  ["r5.2xlarge", { cpu: 2048, memoryMib: 16_384, gpus: 0 }, 3],
  ["moon.rock", { cpu: 1024, memoryMib: 2048, gpus: 0 }, 1],
  [null, { cpu: 1024, memoryMib: 2048, gpus: 0 }, 1],
])("on %s, of workers with %j fit %i", (type, needs, count) => {
  expect(workersPerInstance(type, needs)).toBe(count);
});

const groupArn = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/g";

function behind(group: Record<string, Json>) {
  return byReference([
    resource("aws:ecs/capacityProvider:CapacityProvider", "p", {
      name: "p",
      autoScalingGroupProvider: { autoScalingGroupArn: groupArn },
    }),
    resource("aws:autoscaling/group:Group", "g", { maxSize: 8, ...group }, { arn: groupArn }),
    resource("aws:ec2/launchTemplate:LaunchTemplate", "t", { instanceType: "g4dn.xlarge" }),
  ]);
}

test("a service's instances are told from its capacity provider and the group behind it", () => {
  const strategies = [{ capacityProvider: "p" }];
  const overrides = [{ instanceType: "g5.xlarge" }, { instanceType: "g6.xlarge" }];
  const instancesDistribution = { onDemandBaseCapacity: 1, onDemandPercentageAboveBaseCapacity: 25 };
  const mixed = behind({ mixedInstancesPolicy: { instancesDistribution, launchTemplate: { overrides } } });
  expect(instanceFactsOf(strategies, "ec2", mixed)).toEqual({
    provider: "p",
    instanceType: "g5.xlarge",
    maxInstances: 8,
    warmInstances: 0,
  });
  expect(spotFactsOf(strategies, "ec2", mixed)).toEqual({ onDemandWorkers: 1, share: 0.75 });
  const warm = behind({ launchTemplate: { id: "t" }, warmPool: { minSize: 2 } });
  expect(instanceFactsOf(strategies, "ec2", warm)).toMatchObject({
    instanceType: "g4dn.xlarge",
    warmInstances: 2,
  });
  expect(spotFactsOf(strategies, "ec2", warm).share).toBe(0);
});

test("Fargate has no instances; its share of Spot follows from the weights above the base", () => {
  const strategies = [
    { capacityProvider: "FARGATE", base: 2, weight: 25 },
    { capacityProvider: "FARGATE_SPOT", weight: 75 },
  ];
  expect(instanceFactsOf(strategies, "fargate", new Map())).toBeNull();
  expect(spotFactsOf(strategies, "fargate", new Map())).toEqual({ onDemandWorkers: 2, share: 0.75 });
  const spotAlone = [{ capacityProvider: "FARGATE_SPOT" }];
  expect(spotFactsOf(spotAlone, "fargate", new Map())).toEqual({ onDemandWorkers: 0, share: 1 });
});

test("Managed Instances are on Spot as a whole, or not at all", () => {
  const managed = (capacityOptionType: string) =>
    byReference([
      resource("aws:ecs/capacityProvider:CapacityProvider", "p", {
        name: "p",
        managedInstancesProvider: { instanceLaunchTemplate: { capacityOptionType } },
      }),
    ]);
  const strategies = [{ capacityProvider: "p" }];
  expect(spotFactsOf(strategies, "managed-instances", managed("SPOT")).share).toBe(1);
  expect(spotFactsOf(strategies, "managed-instances", managed("ON_DEMAND")).share).toBe(0);
});

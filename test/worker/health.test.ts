import { createHealth, serveHealth } from "../../worker/health";
import type { WorkerState } from "../../worker/worker";
import { createFakeClock } from "./fake-clock";

const state =
  (is: WorkerState): (() => WorkerState) =>
  () =>
    is;

test.each<[WorkerState, number]>([
  ["starting", 503],
  ["running", 200],
  ["draining", 200],
  ["stopped", 503],
])("a worker that is %s is answered %d", (is, status) => {
  const clock = createFakeClock();
  expect(createHealth({ state: state(is), busySlots: () => 0, clock }).report().status).toBe(status);
});

test("polls that fail for five minutes make an idle worker unwell, a busy one not, and one answer mends it", async () => {
  const clock = createFakeClock();
  let busySlots = 0;
  const health = createHealth({ state: state("running"), busySlots: () => busySlots, clock });
  health.pollFailed();
  await clock.advance(299_999);
  health.pollFailed();
  expect(health.report().status).toBe(200);
  await clock.advance(1);
  expect(health.report().status).toBe(503);
  busySlots = 1;
  expect(health.report().status).toBe(200);
  busySlots = 0;
  health.pollAnswered();
  expect(health.report().status).toBe(200);
});

test("health is served on loopback as JSON", async () => {
  const health = createHealth({ state: state("running"), busySlots: () => 3, clock: createFakeClock() });
  const served = await serveHealth(health, 0);
  const response = await fetch(`http://127.0.0.1:${String(served.port)}/`);
  expect(await response.json()).toEqual({ state: "running", busySlots: 3, pollsFailSinceMs: null });
  served.close();
});

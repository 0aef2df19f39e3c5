import { createCrashLoop, type CrashLoop } from "../../worker/crash-loop";
import { createFakeClock, type FakeClock } from "./fake-clock";

const NEVER = new AbortController().signal;

function stage(slots = 1): {
  loop: CrashLoop;
  clock: FakeClock;
  hopeless: string[];
  events: string[];
} {
  const clock = createFakeClock();
  const hopeless: string[] = [];
  const events: string[] = [];
  const loop = createCrashLoop({
    slots,
    onHopeless: (why) => hopeless.push(why),
    clock,
    log: (event) => events.push(event),
    random: () => 1,
  });
  return { loop, clock, hopeless, events };
}

test("a function that can't start is tried less and less often, and given up after ten times", async () => {
  const { loop, clock, hopeless, events } = stage();
  const waits: number[] = [];
  for (let failure = 0; failure < 10; failure += 1) {
    loop.failed("exit status 1");
    const startMs = clock.now();
    let ready = false;
    void loop.ready(NEVER)?.then(() => (ready = true));
    while (!ready) await clock.advance(500);
    waits.push(clock.now() - startMs);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
  expect(hopeless).toEqual(["the function failed to start 10 times in a row, last: exit status 1"]);
  expect(events.filter((event) => event === "FunctionStartFailed")).toHaveLength(10);
});

test("one start that goes well forgets the failures", () => {
  const { loop, hopeless, events } = stage();
  for (let round = 0; round < 5; round += 1) {
    for (let failure = 0; failure < 9; failure += 1) loop.failed("exit status 1");
    loop.started();
    expect(loop.ready(NEVER)).toBeNull();
  }
  expect(hopeless).toEqual([]);
  expect(events.filter((event) => event === "FunctionRecovered")).toHaveLength(5);
});

test("slots that fail together count as one round of waiting", async () => {
  const { loop, clock } = stage(8);
  for (let slot = 0; slot < 8; slot += 1) loop.failed("exit status 1");
  let ready = false;
  void loop.ready(NEVER)?.then(() => (ready = true));
  await clock.advance(999);
  expect(ready).toBe(false);
  await clock.advance(1);
  expect(ready).toBe(true);
});

test("a worker that drains does not wait", async () => {
  const { loop } = stage();
  const draining = new AbortController();
  loop.failed("exit status 1");
  const ready = loop.ready(draining.signal);
  draining.abort();
  await expect(ready).resolves.toBeUndefined();
});

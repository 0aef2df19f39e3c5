import { backoffMs } from "../../worker/backoff";
import { runPoller } from "../../worker/poller";
import type { Task } from "../../worker/slot";
import { createFakeClock } from "./fake-clock";

const TASK: Task = { token: "t", input: "{}" };

/** A poller whose polls the test answers. */
function stage() {
  const clock = createFakeClock();
  const draining = new AbortController();
  const polls: { resolve: (task: Task | null) => void; reject: (error: Error) => void }[] = [];
  const runs: { task: Task; end: () => void }[] = [];
  const events: string[] = [];
  const answers: string[] = [];
  const ended = runPoller({
    poll: () => new Promise((resolve, reject) => polls.push({ resolve, reject })),
    slot: { run: (task) => new Promise((end) => runs.push({ task, end })) },
    ready: () => null,
    onPoll: (poll) => answers.push(poll === "failed" ? "failed" : poll.empty ? "empty" : "task"),
    draining: draining.signal,
    clock,
    log: (event) => events.push(event),
    random: () => 1,
  });
  return { clock, draining, polls, runs, events, answers, ended };
}

test("no poll is opened while the slot holds a task", async () => {
  const { clock, polls, runs } = stage();
  polls[0]?.resolve(TASK);
  await clock.advance(100_000);
  expect(runs.map(({ task }) => task)).toEqual([TASK]);
  expect(polls).toHaveLength(1);
  runs[0]?.end();
  await clock.advance(0);
  expect(polls).toHaveLength(2);
});

test("a poll that gives nothing is followed by the next at once", async () => {
  const { clock, polls, runs } = stage();
  polls[0]?.resolve(null);
  await clock.advance(0);
  expect(polls).toHaveLength(2);
  expect(runs).toHaveLength(0);
});

test("polls that fail come at growing intervals, never above 20 s, and a good one resets them", async () => {
  const { clock, polls, events } = stage();
  const waits: number[] = [];
  for (let failure = 0; failure < 10; failure += 1) {
    polls.at(-1)?.reject(new Error("no"));
    const before = clock.now();
    const count = polls.length;
    await clock.advance(0);
    while (polls.length === count) await clock.advance(100);
    waits.push(clock.now() - before);
  }
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000, 20_000]);
  polls.at(-1)?.resolve(null);
  await clock.advance(0);
  polls.at(-1)?.reject(new Error("again"));
  const count = polls.length;
  await clock.advance(200);
  expect(polls).toHaveLength(count + 1);
  expect(events.filter((event) => event === "PollRecovered")).toHaveLength(1);
});

test("draining leaves the open poll open, and runs what it brings", async () => {
  const { clock, draining, polls, runs, ended } = stage();
  draining.abort();
  await clock.advance(0);
  polls[0]?.resolve(TASK);
  await clock.advance(0);
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await ended;
  expect(polls).toHaveLength(1);
});

test("draining ends the wait after a failed poll", async () => {
  const { clock, draining, polls, ended } = stage();
  polls[0]?.reject(new Error("no"));
  await clock.advance(0);
  draining.abort();
  await ended;
  expect(polls).toHaveLength(1);
});

test("workers that failed together come back over half of the interval", () => {
  const backoff = { baseMs: 1_000, capMs: 60_000 };
  expect(backoffMs(backoff, 1, () => 0)).toBe(500);
  expect(backoffMs(backoff, 1, () => 1)).toBe(1_000);
  expect(backoffMs(backoff, 3, () => 0.5)).toBe(3_000);
  expect(backoffMs(backoff, 1_000_000, () => 1)).toBe(60_000);
});

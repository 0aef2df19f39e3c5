import {
  decideRetry,
  findCatcher,
  matchesError,
  type RetryCounts,
} from "../../../local/cloud/states/kinds/retry";
import type { Retrier } from "../../../local/cloud/states/definition/asl";

const half = (): number => 0.5;

function failure(error: string, alias?: string) {
  return { error, cause: "because", alias };
}

/** Delays in seconds until the retrier gives up. */
function delays(retrier: Omit<Retrier, "ErrorEquals">): number[] {
  const seconds: number[] = [];
  let counts: RetryCounts = [];
  for (;;) {
    const decision = decideRetry([{ ErrorEquals: ["E"], ...retrier }], counts, failure("E"), half);
    if (decision === null) return seconds;
    seconds.push(decision.delayMs / 1000);
    counts = decision.counts;
  }
}

// https://states-language.net/spec.html#retrying-after-error
test.each<[string, Omit<Retrier, "ErrorEquals">, number[]]>([
  ["the defaults", {}, [1, 2, 4]],
  ["no attempts", { MaxAttempts: 0 }, []],
  ["a constant interval", { IntervalSeconds: 5, BackoffRate: 1, MaxAttempts: 2 }, [5, 5]],
  [
    "a longest delay",
    { IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 7, MaxAttempts: 4 },
    [3, 6, 7, 7],
  ],
  ["jitter", { IntervalSeconds: 2, JitterStrategy: "FULL", MaxAttempts: 2 }, [1, 2]],
  ["no jitter", { IntervalSeconds: 2, JitterStrategy: "NONE", MaxAttempts: 2 }, [2, 4]],
])("with %s a retrier waits as told", (_what, retrier, expected) => {
  expect(delays(retrier)).toEqual(expected);
});

test("each retrier counts its own attempts", () => {
  const retriers = [
    { ErrorEquals: ["A"], MaxAttempts: 1 },
    { ErrorEquals: ["B"], MaxAttempts: 1, IntervalSeconds: 7 },
  ];
  const first = decideRetry(retriers, [], failure("A"), half);
  expect(first?.counts).toEqual([1, 0]);
  const second = decideRetry(retriers, first?.counts ?? [], failure("B"), half);
  expect(second).toEqual({ delayMs: 7000, counts: [1, 1] });
  expect(decideRetry(retriers, second?.counts ?? [], failure("A"), half)).toBeNull();
});

test.each<[string[], string, string | undefined, boolean]>([
  [["States.ALL"], "Anything", undefined, true],
  [["States.ALL"], "States.Timeout", undefined, true],
  [["States.ALL"], "States.DataLimitExceeded", undefined, true],
  [["States.ALL"], "States.Runtime", undefined, false],
  [["States.Runtime"], "States.Runtime", undefined, false],
  [["States.TaskFailed"], "ImageNotFound", undefined, true],
  [["States.TaskFailed"], "States.Timeout", undefined, false],
  [["States.Timeout"], "States.Timeout", "States.HeartbeatTimeout", true],
  [["States.HeartbeatTimeout"], "States.Timeout", "States.HeartbeatTimeout", true],
  [["States.HeartbeatTimeout"], "States.Timeout", undefined, false],
  [["Other", "ImageNotFound"], "ImageNotFound", undefined, true],
  [["imagenotfound"], "ImageNotFound", undefined, false],
])("%j takes %s (also %s): %s", (names, error, alias, expected) => {
  expect(matchesError(names, failure(error, alias))).toBe(expected);
});

test("the first catcher that takes the failure is used", () => {
  const catchers = [
    { ErrorEquals: ["A"], Next: "a" },
    { ErrorEquals: ["States.ALL"], Next: "all" },
  ];
  expect(findCatcher(catchers, failure("A"))?.Next).toBe("a");
  expect(findCatcher(catchers, failure("B"))?.Next).toBe("all");
  expect(findCatcher(catchers, failure("States.Runtime"))).toBeNull();
});

/** The evaluator against the naive one, on random policies and requests. */
import { ask, type Verdict } from "./ask";
import { naiveVerdict } from "./naive";
import { randomOf, sampleOf } from "./random";

const SEED = 20_261_120;
const SAMPLES = 10_000;

test("two evaluators, written apart, agree on 10,000 random policies and requests", () => {
  const random = randomOf(SEED);
  const verdicts = new Map<Verdict, number>();
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const { documents, asked } = sampleOf(random);
    const verdict = ask(documents, asked);
    const naive = naiveVerdict(documents, asked);
    if (verdict !== naive)
      throw new Error(`${verdict}, but naively ${naive}: ${JSON.stringify({ documents, asked })}`);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  // The agreement is worth something: every verdict is among them, none but rarely.
  expect([...verdicts.keys()].sort()).toEqual([
    "denied by boundary",
    "denied by identity",
    "denied by resource",
    "denied by session",
    "no by boundary",
    "no by identity",
    "no by resource",
    "no by session",
    "yes",
  ]);
  expect(Math.min(...verdicts.values())).toBeGreaterThan(50);
  expect(verdicts.get("yes")).toBeGreaterThan(SAMPLES / 10);
});

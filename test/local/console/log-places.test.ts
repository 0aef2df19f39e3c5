/** In which log the lines of an attempt are: of this run, or of one that had the state before it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLog, logsOf } from "../../../local/console/log-places";
import { openState } from "../../../local/cloud/state-store/state";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** With these logs in it. */
function runAt(startedMs: number, ...files: readonly string[]) {
  const logDirectory = join(directory, String(startedMs));
  mkdirSync(logDirectory);
  for (const file of files) writeFileSync(join(logDirectory, file), "");
  return { startedMs, logDirectory };
}

const WORKER = { kind: "worker", id: "1b0bf97e".padEnd(32, "0") } as const;
const detect = (untilMs: number) => ({ kind: "function", name: "detect", untilMs }) as const;

test("a worker's log has its id in its name, in whichever run it was", async () => {
  const file = "detect-ec2-40d6400-1b0bf97e.log";
  const runs = [runAt(1_000, file), runAt(2_000, "detect-ec2-40d6400-2b0bf97e.log")];
  expect(await findLog(runs, WORKER)).toEqual({ file, run: 1_000 });
  expect(await findLog(runs.slice(0, 1), WORKER)).toEqual({ file, run: null });
  expect(await findLog(runs.slice(1), WORKER)).toBeNull();
});

test("a function has a log in each run: the one in which it was called last counts", async () => {
  const file = "lambda-detect.log";
  const runs = [runAt(1_000, file), runAt(2_000, file), runAt(3_000)];
  expect(await findLog(runs, detect(1_999))).toEqual({ file, run: 1_000 });
  expect(await findLog(runs, detect(2_000))).toEqual({ file, run: 2_000 });
  expect(await findLog(runs.slice(0, 2), detect(9_000))).toEqual({ file, run: null });
  expect(await findLog(runs, detect(9_000))).toBeNull();
  expect(await findLog(runs, detect(10))).toBeNull();
});

test("an earlier run's directory is known by the instant at which that began, and no other is", () => {
  const runs = [runAt(1_000), runAt(2_000)];
  expect(logsOf(runs, 1_000)).toBe(runs[0]?.logDirectory);
  expect(logsOf(runs, 1_500)).toBeNull();
});

test("the state has the logs of the last twenty runs in its directory, and lets older ones go", () => {
  const open = (): ReturnType<typeof openState> =>
    openState({
      directory,
      stack: "dev",
      now: Date.now,
      onFailure(error) {
        throw error;
      },
    });
  for (let run = 0; run < 25; run += 1) {
    const state = open();
    const { logDirectory } = state.runs.begin(run);
    mkdirSync(logDirectory, { recursive: true });
    expect(state.runs.all().at(-1)).toEqual({ startedMs: run, logDirectory });
    state.close();
  }
  const state = open();
  const newest = Array.from({ length: 20 }, (_, index) => index + 5);
  expect(state.runs.all().map(({ startedMs }) => startedMs)).toEqual(newest);
  expect(
    readdirSync(join(directory, "logs"))
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(newest);
  state.close();
});

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logNames, logPart } from "../../../local/console/logs";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const WORKER = "detect-ec2-40d6400-1b0bf97e.log";
const started = {
  time: "2026-11-20T11:26:43.500Z",
  event: "TaskStarted",
  activity: "arn",
  pool: "detect",
  taskId: "t1",
};

test("a worker's lines tell their event, their task, and the rest", async () => {
  const printed = { ...started, event: "FunctionPrinted", stream: "stderr", line: "12 objects" };
  const ended = { ...started, event: "TaskSucceeded", durationMs: 12 };
  writeFileSync(
    join(directory, WORKER),
    `${[started, printed, ended].map((each) => JSON.stringify(each)).join("\n")}\nnode: out of memory\n`,
  );
  const timeMs = Date.parse(started.time);
  expect((await logPart(directory, { file: WORKER, offset: null, task: null }))?.lines).toEqual([
    { timeMs, taskId: "t1", event: "TaskStarted", text: "" },
    { timeMs, taskId: "t1", event: "stderr", text: "12 objects" },
    { timeMs, taskId: "t1", event: "TaskSucceeded", text: "durationMs 12" },
    { timeMs: null, taskId: null, event: "", text: "node: out of memory" },
  ]);
});

test("of one task its lines come from the first one on, however long ago that was, and no others", async () => {
  const file = "lambda-split.log";
  const other = (line: number): string => `e1 r${String(line)} ${"x".repeat(200)}`;
  const lines = Array.from({ length: 15_000 }, (_, line) => other(line));
  lines.splice(5_500, 0, "e1 wanted first");
  lines.splice(5_700, 0, "e1 wanted second");
  writeFileSync(join(directory, file), `${lines.join("\n")}\n`);
  const read = (offset: number | null): ReturnType<typeof logPart> =>
    logPart(directory, { file, offset, task: "wanted" });
  const first = await read(null);
  expect(first?.lines.map(({ text }) => text)).toEqual(["first", "second"]);
  expect(first?.restBytes).toBeGreaterThan(0);
  expect((await read(first?.nextOffset ?? 0))?.lines).toEqual([]);
  const none = await logPart(directory, { file, offset: null, task: "nobody" });
  expect(none).toMatchObject({ lines: [], restBytes: 0 });
});

test("a log that grows is read on from where it was left, by whole lines", async () => {
  const file = "lambda-split.log";
  writeFileSync(join(directory, file), "e1 r1 one\ne1 r2 tw");
  const first = await logPart(directory, { file, offset: null, task: null });
  expect(first?.lines.map(({ taskId, text }) => [taskId, text])).toEqual([["r1", "one"]]);
  appendFileSync(join(directory, file), "o\ne1 - three\n");
  const second = await logPart(directory, { file, offset: first?.nextOffset ?? 0, task: null });
  expect(second?.lines.map(({ taskId, text }) => [taskId, text])).toEqual([
    ["r2", "two"],
    [null, "three"],
  ]);
  expect((await logPart(directory, { file, offset: second?.nextOffset ?? 0, task: null }))?.lines).toEqual(
    [],
  );
});

test("of a long log the newest lines come, and it says how much was left out", async () => {
  writeFileSync(
    join(directory, "lambda-split.log"),
    Array.from({ length: 20_000 }, (_, line) => `e1 r${String(line)} a line of some length\n`).join(""),
  );
  const part = await logPart(directory, { file: "lambda-split.log", offset: null, task: null });
  expect(part?.lines.at(-1)?.taskId).toBe("r19999");
  expect(part?.skippedBytes).toBeGreaterThan(100_000);
});

test.each(["../secret.log", "/etc/passwd", "", "other.log"])("there is no log %p", async (file) => {
  writeFileSync(join(directory, WORKER), "");
  expect(await logPart(directory, { file, offset: null, task: null })).toBeNull();
});

test("logs are named by what people call their writers", async () => {
  writeFileSync(join(directory, WORKER), "");
  writeFileSync(join(directory, "lambda-split-5e44ad7.log"), "");
  const names = new Map([
    ["detect-ec2-40d6400", "detect on ec2"],
    ["split-5e44ad7", "split on Lambda"],
  ]);
  const found = await logNames(directory, { workers: new Map(), names });
  expect(
    found
      .map(({ of, worker, workerState }) => ({ of, worker, workerState }))
      .sort((a, b) => a.of.localeCompare(b.of)),
  ).toEqual([
    { of: "detect on ec2", worker: "1b0bf97e", workerState: null },
    { of: "split on Lambda", worker: null, workerState: null },
  ]);
  expect(await logNames(join(directory, "none"), { workers: new Map(), names })).toEqual([]);
});

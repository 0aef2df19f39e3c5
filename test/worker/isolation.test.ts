import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MARKER, openScratch } from "../../worker/scratch";
import { stageWorkers } from "./stage";

/** A container, as far as isolation goes: processes and /dev/shm of its own. */
const CONTAINER = [
  "unshare",
  ...["--fork", "--kill-child", "--pid", "--mount", "--mount-proc"],
  ...["sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec "$0" "$@"'],
];
const canUnshare = spawnSync(CONTAINER[0] ?? "", [...CONTAINER.slice(1), "true"]).status === 0;

/** What the function tells of earlier tasks. */
interface Found {
  readonly memory: boolean;
  readonly environment: boolean;
  readonly files: number;
  readonly sharedMemory: boolean;
  readonly children: number;
  readonly directory: string;
  readonly pid: number;
}

const NOTHING = { memory: false, environment: false, files: 0, sharedMemory: false, children: 0 };

const stage = stageWorkers();
let naps = process.pid * 100;

/** What two tasks in a row, on one slot, find of one another. */
async function twoTasks(input: object): Promise<readonly [Found, Found]> {
  naps += 1;
  const task = async (): Promise<Found> => {
    const report = await stage.states.report(stage.states.give({ ...input, nap: naps }));
    expect(report).toMatchObject({ kind: "success" });
    return JSON.parse(report.output ?? "") as Found;
  };
  return [await task(), await task()];
}

test("worker isolation keeps what a task left, as Lambda does: the function of these tests can find it", async () => {
  const own = mkdtempSync(join(stage.directory, "tmp-"));
  stage.start({ command: ["leaver.handler"], scratchDirectory: own });
  const [, second] = await twoTasks({});
  expect(second).toMatchObject({ memory: true, environment: true, files: 2, children: 1, directory: own });
});

test("task isolation leaves nothing in memory, environment, files or children, on a machine that is shared", async () => {
  stage.start({ command: ["leaver.handler"], isolation: "task" });
  const [first, second] = await twoTasks({});
  expect(first).toMatchObject(NOTHING);
  expect(second).toMatchObject(NOTHING);
  expect(second.directory).toBe(first.directory);
  expect(second.directory).not.toBe(tmpdir());
  stage.worker.signal("SIGTERM");
  stage.states.answerPolls();
  await stage.worker.exited;
  expect(existsSync(second.directory)).toBe(false);
});

(canUnshare ? test : test.skip)(
  "task isolation in a container: nor in /dev/shm, nor by a child that has hidden its origin (needs unshare)",
  async () => {
    const input = { sharedMemory: true, scrubbed: true };
    const settings = { command: ["leaver.handler"], isolation: "task" } as const;
    stage.start(settings, {}, CONTAINER);
    const [first, second] = await twoTasks(input);
    expect(first).toMatchObject(NOTHING);
    expect(second).toMatchObject(NOTHING);
    expect(existsSync("/dev/shm/loveless-left-behind")).toBe(false);
    // A container's first process hears no signal of its parent's; with unshare it ends.
    stage.worker.signal("SIGKILL");
    await stage.worker.exited;
  },
);

test("task isolation with two slots is refused: they would share the scratch directory", async () => {
  stage.start({ isolation: "task", slots: 2 });
  expect(await stage.worker.exited).toBe(2);
  expect(stage.worker.standardError()).toMatch(/^[^\n]*LOVELESS_SLOTS: must be 1[^\n]*got "2"[^\n]*\n$/);
});

test("a scratch directory without the marker is never emptied: the worker does not start", async () => {
  const precious = mkdtempSync(join(stage.directory, "precious-"));
  writeFileSync(join(precious, "thesis"), "years of work");
  stage.start({ isolation: "task", scratchDirectory: precious });
  expect(await stage.worker.exited).toBe(2);
  expect(stage.worker.standardError()).toContain(MARKER);
  expect(readdirSync(precious)).toEqual(["thesis"]);
});

test("emptying follows no link out of the directory and keeps the marker", async () => {
  stage.start();
  const own = mkdtempSync(join(stage.directory, "links-"));
  const elsewhere = mkdtempSync(join(stage.directory, "elsewhere-"));
  writeFileSync(join(elsewhere, "kept"), "");
  writeFileSync(join(own, MARKER), "");
  mkdirSync(join(own, "deep"));
  symlinkSync(elsewhere, join(own, "deep", "link"));
  symlinkSync(elsewhere, join(own, "link"));
  const scratch = await openScratch({ directory: own, ownsSharedMemory: false });
  await scratch.empty();
  expect(readdirSync(own)).toEqual([MARKER]);
  expect(readdirSync(elsewhere)).toEqual(["kept"]);
});

test("a marker that is gone ends the worker: it can't promise the next task anything", async () => {
  const own = mkdtempSync(join(stage.directory, "marked-"));
  writeFileSync(join(own, MARKER), "");
  stage.start({
    command: ["leaver.removeMarker"],
    isolation: "task",
    scratchDirectory: own,
  });
  await stage.states.report(stage.states.give({}));
  expect(await stage.worker.line("WorkerGaveUp")).toMatchObject({
    reason: expect.stringContaining(MARKER) as string,
  });
  expect(await stage.worker.exited).toBe(3);
});

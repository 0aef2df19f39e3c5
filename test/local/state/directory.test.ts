/** The state directory itself: whose it is, what is refused, and that nothing in it is harmed by that. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openState, type State } from "../../../local/cloud/state-store/state";

let directory: string;
let opened: State[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-state-"));
  opened = [];
});
afterEach(() => {
  for (const state of opened) state.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(stack = "dev", onFailure: (error: Error) => void = raise): State {
  const state = openState({ directory, stack, now: Date.now, onFailure });
  opened.push(state);
  return state;
}

function raise(error: Error): never {
  throw error;
}

function close(state: State): void {
  state.close();
  opened = opened.filter((each) => each !== state);
}

test("what is kept comes back, in the order in which it came", async () => {
  const first = open();
  first.states.keep("activity", "b", { name: "b" });
  first.states.keep("activity", "a", { name: "a" });
  first.states.keep("activity", "gone", {});
  await first.states.committed();
  first.states.keep("activity", "b", { name: "changed" });
  first.states.keep("activity", "gone", null);
  close(first);
  expect(open().states.documents("activity")).toEqual([
    { key: "b", value: { name: "changed" } },
    { key: "a", value: { name: "a" } },
  ]);
});

test("what was committed outlives a process that is killed, and its directory can be had at once", async () => {
  const script = `
    const { openState } = require(${JSON.stringify(join(__dirname, "../../../local/cloud/state-store/state.ts"))});
    const state = openState({ directory: ${JSON.stringify(directory)}, stack: "dev", now: Date.now, onFailure: (error) => { throw error; } });
    state.states.keep("activity", "a", { name: "a" });
    state.states.committed().then(() => { process.stdout.write("committed"); setInterval(() => {}, 1000); });
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: join(__dirname, "../../.."),
  });
  await once(child.stdout, "data");
  expect(() => open()).toThrow(
    `The state in ${directory} is in use by the process ${String(child.pid)}; end that, or choose another --state.`,
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(open().states.documents("activity")).toEqual([{ key: "a", value: { name: "a" } }]);
});

test("another stack's directory is refused", () => {
  close(open("prod"));
  expect(() => open("dev")).toThrow(
    `The state in ${directory} is that of the stack prod, not of dev; choose another --state.`,
  );
});

test.each([
  ["a newer", 7],
  ["an older", 1],
])("a directory of %s format is refused", (which, format) => {
  close(open());
  const database = new DatabaseSync(join(directory, "state.sqlite"));
  database.exec(`PRAGMA user_version = ${String(format)}`);
  database.close();
  expect(() => open()).toThrow(
    `The state in ${directory} was written by ${which} version (format ${String(format)}, and this version knows 2); use that, or choose another --state.`,
  );
});

test.each([
  ["is something else", (file: string) => writeFileSync(file, "x".repeat(10_000))],
  ["is cut off", (file: string) => truncateSync(file, 20_000)],
])("a database that %s is refused, and left as it is", async (_how, harm) => {
  const state = open();
  for (let key = 0; key < 100; key++) state.states.keep("activity", String(key), { text: "x".repeat(1000) });
  await state.states.committed();
  close(state);
  const file = join(directory, "state.sqlite");
  harm(file);
  copyFileSync(file, `${file}.copy`);
  expect(() => open()).toThrow(
    /^The state in \S+state\.sqlite can't be read \(.+\); it was left as it is\. Choose another --state\.$/,
  );
  expect(readFileSync(file).equals(readFileSync(`${file}.copy`))).toBe(true);
});

test("a directory that can't be made is refused in one line", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  expect(() =>
    openState({ directory: join(file, "in"), stack: "dev", now: Date.now, onFailure: raise }),
  ).toThrow(/^The directory of the state can't be made \(ENOTDIR.*\); choose another --state\.$/);
});

test("a directory that the kernel lets nobody make is refused, and not tried for ever", () => {
  expect(() =>
    openState({ directory: "/proc/no/such", stack: "dev", now: Date.now, onFailure: raise }),
  ).toThrow(/^The directory of the state can't be made \(ENOENT.*'\/proc\/no'\); choose another --state\.$/);
});

test("when it can't be written any more, whoever waits hears of it, and so does the run, once", async () => {
  const failures: string[] = [];
  const state = open("dev", ({ message }) => failures.push(message));
  state.states.keep("activity", "a", {});
  await state.states.committed();
  // The fault is a value that no JSON has: the same way is taken when the disk is full.
  state.states.keep("activity", "b", undefined as unknown as null);
  await expect(state.states.committed()).rejects.toThrow();
  state.states.keep("activity", "c", {});
  await expect(state.states.committed()).rejects.toThrow();
  expect(failures).toHaveLength(1);
});

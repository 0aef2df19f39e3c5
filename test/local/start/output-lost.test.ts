/** What becomes of a command whose output leads nowhere any more, such as `npm start | head`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const COMMAND = join(__dirname, "interrupted-command.ts");
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-output-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function command(stdout: "pipe" | number) {
  const file = join(directory, "reason");
  const child = spawn(process.execPath, ["--import", "tsx", COMMAND, file], {
    stdio: ["ignore", stdout, "pipe"],
  });
  const errors = child.stderr === null ? Promise.resolve("") : text(child.stderr);
  const ended = once(child, "close").then(async ([code]) => ({
    code: code as number | null,
    errors: await errors,
    reason: readFileSync(file, "utf8"),
  }));
  return { child, ended };
}

test("a command whose reader has left is interrupted, and ends in its own way without a word", async () => {
  const { child, ended } = command("pipe");
  if (child.stdout === null) throw new Error("it has a pipe");
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await ended).toEqual({ code: 0, errors: "", reason: "nobody reads the output any more" });
});

test("a command whose disk is full says so to whoever asks why it was interrupted", async () => {
  const { ended } = command(openSync("/dev/full", "w"));
  expect(await ended).toMatchObject({
    code: 0,
    errors: expect.stringMatching(/^error: the output can't be written: ENOSPC/) as string,
    reason: expect.stringMatching(/^ENOSPC/) as string,
  });
});

test("--help whose reader has left ends well, without a word", async () => {
  const child = spawn("/bin/sh", ["-c", '"$0" --import tsx local/serve.ts --help | true', process.execPath], {
    cwd: join(__dirname, "../../.."),
    stdio: ["ignore", "ignore", "pipe"],
  });
  expect(await text(child.stderr)).toBe("");
});

/** What a function prints goes through pipes, as on Lambda: they block, they can be opened by a path, and they leave nothing. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../worker/clock";
import { createFunctionProcess } from "../../worker/function-process";
import { openOutputPipes, type OutputPipes } from "../../worker/output-pipes";
import { spawnGroup, type ProcessGroup } from "../../worker/process-group";
import { MARKER } from "../../worker/scratch";
import { isAlive } from "./alive";
import { stageWorkers } from "./stage";

const stage = stageWorkers();
const onLinux = existsSync("/proc/self/fd") ? test : test.skip;
/** Of the kernel's own table, such as linux/include/uapi/asm-generic/unistd.h. */
const WRITE = process.arch === "x64" ? 1 : 64;
const path = process.env["PATH"] ?? "";

interface Line {
  readonly line: string;
  readonly stream: "stdout" | "stderr";
}

function openPipes(): Promise<OutputPipes> {
  return openOutputPipes({ path, directory: stage.directory });
}

function spawnWith(
  pipes: OutputPipes | null,
  command: readonly string[],
  onLine: (line: string, stream: Line["stream"]) => void = () => undefined,
): ProcessGroup {
  const strays = { mark: "NOBODY=has-it", alone: false };
  return spawnGroup({ command, environment: { PATH: path }, pipes, strays, clock: systemClock, onLine });
}

/** Runs a shell's program to its end, and the end of its pipes. */
async function linesOf(program: string): Promise<readonly Line[]> {
  const pipes = await openPipes();
  const lines: Line[] = [];
  const closed = Promise.all([pipes.stdout, pipes.stderr].map(closeOf));
  const group = spawnWith(pipes, ["sh", "-c", program], (line, stream) => lines.push({ line, stream }));
  expect(await group.ended).toEqual({ kind: "exited", how: null });
  await closed;
  return lines;
}

function closeOf(output: OutputPipes["stdout"]): Promise<void> {
  return new Promise((resolve) => output.once("close", resolve));
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function names(): readonly string[] {
  return readdirSync(stage.directory).filter((name) => name.startsWith("loveless-output-"));
}

test("a shell can open its own /dev/stdout and /dev/stderr, and finds pipes there", async () => {
  const lines = await linesOf(
    "echo out > /dev/stdout; echo error > /dev/stderr; [ -p /dev/stdout ] && [ -p /dev/stderr ] && printf unfinished",
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      { line: "out", stream: "stdout" },
      { line: "error", stream: "stderr" },
      { line: "unfinished", stream: "stdout" },
    ]),
  );
  expect(lines).toHaveLength(3);
});

onLinux("8 MB that nobody reads make the function wait and lose nothing (needs /proc)", async () => {
  const LINES = 131_072;
  const pipes = await openPipes();
  const closed = closeOf(pipes.stdout);
  const numbers: number[] = [];
  const awk = `BEGIN { for (at = 0; at < ${String(LINES)}; at++) printf "%-63d\\n", at }`;
  const group = spawnWith(pipes, ["awk", awk], (line) => numbers.push(Number(line)));
  // As long as this loop runs nothing is read.
  const untilMs = Date.now() + 10_000;
  while (!writes(group.pid) && Date.now() < untilMs);
  expect(writes(group.pid)).toBe(true);
  expect(numbers).toEqual([]);
  expect(await group.ended).toEqual({ kind: "exited", how: null });
  await closed;
  expect(numbers).toEqual(Array.from({ length: LINES }, (_none, at) => at));
});

/** Whether a process is asleep within a write to its standard output. */
function writes(pid: number | undefined): boolean {
  return readFileSync(`/proc/${String(pid)}/syscall`, "utf8").startsWith(`${String(WRITE)} 0x1 `);
}

onLinux(
  "200 processes leave no file descriptor and no directory, whichever way they end (needs /proc)",
  async () => {
    const before = descriptors();
    const commands = [["true"], ["sh", "-c", "echo; kill -9 $$"], ["/no/such/program"], ["nul\0byte"]];
    for (let time = 0; time < 200; time += 1) {
      const pipes = await openPipes();
      const closed = Promise.all([pipes.stdout, pipes.stderr].map(closeOf));
      await spawnWith(pipes, commands[time % commands.length] ?? []).ended;
      await closed;
    }
    // Node keeps a few for its own children.
    expect(descriptors()).toBeLessThan(before + 10);
    expect(names()).toEqual([]);
  },
);

onLinux("a grandchild that keeps the pipes open does not keep them open here (needs /proc)", async () => {
  const before = descriptors();
  const pipes = await openPipes();
  let grandchild = 0;
  const closed = Promise.all([pipes.stdout, pipes.stderr].map(closeOf));
  // It must have left before its parent ends: what is left of the group is killed then.
  const leave = `setsid sleep 600 & until [ "$(cut -d' ' -f6 /proc/$!/stat)" = $! ]; do :; done; echo $!`;
  const group = spawnWith(pipes, ["sh", "-c", leave], (line) => {
    grandchild = Number(line);
  });
  await group.ended;
  await closed;
  expect(isAlive(grandchild)).toBe(true);
  process.kill(grandchild, "SIGKILL");
  expect(descriptors()).toBeLessThanOrEqual(before + 2);
});

onLinux("a process that is not to be started after all leaves no pipe either (needs /proc)", async () => {
  const target = await createFunctionProcess({
    command: ["true"],
    handler: "index.echo",
    environment: { PATH: path },
    functionName: "detect",
    memoryMib: 512,
    provide: () => Promise.reject(new Error("no role")),
    onOutput: () => undefined,
  });
  const invocation = { requestId: "r", input: "{}", deadlineMs: Date.now() + 20_000, functionArn: "arn" };
  const once = (): Promise<void> =>
    expect(target.invoke(invocation, new AbortController().signal)).rejects.toThrow("no role");
  await once();
  const before = descriptors();
  for (let time = 0; time < 50; time += 1) await once();
  expect(descriptors()).toBeLessThan(before + 10);
});

test("without mkfifo the worker says so once, and goes on with sockets", async () => {
  const nothing = mkdtempSync(join(stage.directory, "path-"));
  stage.start({ isolation: "task" }, { PATH: nothing });
  for (const task of [1, 2]) {
    expect(await stage.states.report(stage.states.give({ does: "print", value: task }))).toMatchObject({
      kind: "success",
    });
  }
  await stage.worker.line("FunctionPrinted", ({ stream }) => stream === "stderr");
  const told = stage.worker.lines.filter(({ event }) => event === "OutputPipesFailed");
  expect(told).toEqual([
    expect.objectContaining({ reason: expect.stringContaining("ENOENT") as string }) as object,
  ]);
});

test("with mkfifo it says nothing, tells mkfifo nothing of its environment, and no task finds the names", async () => {
  const programs = mkdtempSync(join(stage.directory, "path-"));
  const seen = join(programs, "seen");
  const mkfifo = join(programs, "mkfifo");
  writeFileSync(mkfifo, `#!/bin/sh\n/usr/bin/env > ${seen}\nexec /usr/bin/mkfifo "$@"\n`);
  chmodSync(mkfifo, 0o755);
  // The scratch directory is where temporary files go, as in the worker image.
  const scratchDirectory = mkdtempSync(join(stage.directory, "scratch-"));
  writeFileSync(join(scratchDirectory, MARKER), "");
  stage.start(
    { isolation: "task", scratchDirectory, command: ["index.temporary"] },
    { PATH: `${programs}:${path}`, TMPDIR: scratchDirectory },
  );
  for (const task of [1, 2]) {
    const report = await stage.states.report(stage.states.give({ task }));
    expect(JSON.parse(report.output ?? "null")).toEqual([MARKER]);
  }
  // A shell adds some of its own.
  const variables = readFileSync(seen, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0] ?? "");
  expect(variables.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name))).toEqual(["PATH"]);
  expect(stage.worker.lines.filter(({ event }) => event === "OutputPipesFailed")).toEqual([]);
});

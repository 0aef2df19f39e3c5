/** `npm start` as a person and as a machine would run it: whole stacks, faults, wrong usage. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { RunReport } from "../../local/start/report";
import { interrupt, lastLine, npmRun } from "./command";

const stacks = resolve(__dirname, "../../stacks");
/** Objects of 9 pixels or more at luminance 60 in examples/hubble-deep-field.png, whatever the tile size. */
const HUBBLE_OBJECTS = 584;

async function once(
  ...args: string[]
): Promise<{ exitCode: number | null; report: RunReport; stderr: string }> {
  const ended = await npmRun("start", "--once", "--json", ...args).ended;
  return { exitCode: ended.exitCode, report: lastLine(ended) as RunReport, stderr: ended.stderr };
}

/** Runs a changed copy of a stack's file, and removes the copy. */
async function onceOnCopy(
  stack: string,
  change: (text: string) => string,
  ...args: string[]
): ReturnType<typeof once> {
  const copy = `${stack}-changed`;
  const file = join(stacks, `Pulumi.${copy}.yaml`);
  const text = readFileSync(join(stacks, `Pulumi.${stack}.yaml`), "utf8");
  expect(change(text)).not.toBe(text);
  writeFileSync(file, change(text));
  try {
    return await once("--stack", copy, ...args);
  } finally {
    rmSync(file);
  }
}

describe("npm start -- --once --json", () => {
  test.each(["dev", "staging", "prod"])(
    "catalogues the Hubble image on the stack %s and leaves nothing behind",
    async (stack) => {
      const { exitCode, report } = await once("--stack", stack);
      expect(report).toMatchObject({
        stack,
        executions: { started: 1, succeeded: 1, failed: 0 },
        objects: HUBBLE_OBJECTS,
        leftoverProcesses: 0,
      });
      expect(exitCode).toBe(0);
      expect(report.pools.map((pool) => pool.endWorkers)).toEqual(report.pools.map(() => 0));
      const catalogue = JSON.parse(readFileSync(report.catalogue ?? "", "utf8")) as {
        count: number;
        objects: unknown[];
      };
      expect([catalogue.count, catalogue.objects.length]).toEqual([HUBBLE_OBJECTS, HUBBLE_OBJECTS]);
      expect(existsSync(report.annotated ?? "")).toBe(true);
    },
  );

  test("runs detect in prod on several GPU workers, each a process of its own", async () => {
    const { report } = await once("--stack", "prod", "--tile-size", "200");
    const detect = report.pools.find((pool) => pool.function === "detect");
    expect(detect).toMatchObject({ placement: "ec2", gpu: true, tasks: 25 });
    expect(detect?.peakWorkers).toBeGreaterThan(1);
    expect(new Set(report.workerPids).size).toBe(
      report.pools.reduce((sum, pool) => sum + pool.peakWorkers, 0),
    );
    expect(report.objects).toBe(HUBBLE_OBJECTS);
  });

  test("runs a copy of dev in which detect was moved to fargate by its one line", async () => {
    const { exitCode, report } = await onceOnCopy("dev", (text) =>
      text.replace(/(detect:\s+placement: )lambda/, "$1fargate"),
    );
    expect(report.pools.map((pool) => [pool.function, pool.placement])).toEqual([
      ["detect", "fargate"],
      ["merge", "fargate"],
    ]);
    expect([exitCode, report.objects]).toEqual([0, HUBBLE_OBJECTS]);
  });

  test("wakes sleeping pools by the log where a stack says so, within the rights that it deploys", async () => {
    const { exitCode, report } = await onceOnCopy(
      "staging",
      (text) => text.replace("loveless:autoscaler:", "loveless:autoscaler:\n    fastSignal: true"),
      "--iam",
      "strict",
    );
    expect(report).toMatchObject({ objects: HUBBLE_OBJECTS, iam: { refused: [], unused: [] } });
    expect(exitCode).toBe(0);
  });

  test("succeeds though a worker is killed in the middle of a task", async () => {
    const command = npmRun("start", "--once", "--json", "--stack", "staging");
    const [, pid] = await command.says(/a worker of detect started \(fargate, process (\d+)\)/);
    process.kill(Number(pid), "SIGKILL");
    const ended = await command.ended;
    const report = lastLine(ended) as RunReport;
    expect(report).toMatchObject({
      objects: HUBBLE_OBJECTS,
      executions: { succeeded: 1, failed: 0 },
      leftoverProcesses: 0,
    });
    expect(report.workerPids).toContain(Number(pid));
    expect(ended.exitCode).toBe(0);
  });

  test("fails with ImageNotFound, and exit code 1, where the image is missing", async () => {
    const { exitCode, report } = await once("--image", "no-such-image.png");
    expect(report).toMatchObject({
      objects: null,
      executions: { failed: 1 },
      leftoverProcesses: 0,
      error: { name: "ImageNotFound" },
    });
    expect(exitCode).toBe(1);
  });

  test("fails with ImageFormatUnsupported, and exit code 1, where the image is neither PNG nor JPEG", async () => {
    const image = join(tmpdir(), `loveless-${String(process.pid)}.gif`);
    copyFileSync(__filename, image);
    try {
      const { exitCode, report } = await once("--image", image);
      expect(report.error?.name).toBe("ImageFormatUnsupported");
      expect(exitCode).toBe(1);
    } finally {
      rmSync(image);
    }
  });

  test("lists the stacks there are, with exit code 2, where the stack is unknown", async () => {
    const { exitCode, report } = await once("--stack", "moon");
    expect(report.error).toEqual({
      name: "UnknownStack",
      cause: expect.stringMatching(/"moon".*dev, .*prod, staging/) as string,
    });
    expect(exitCode).toBe(2);
  });

  test("names a port that is taken, with exit code 2", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const port = String((server.address() as AddressInfo).port);
    const { exitCode, report } = await once("--port", port);
    server.close();
    expect(report.error?.cause).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(exitCode).toBe(2);
  });
});

describe("npm start", () => {
  test("says that Ctrl-C ended it while the program ran, and not what became of the program", async () => {
    const command = npmRun("start", "--json");
    await command.says(/running index\.ts/);
    interrupt(command);
    const ended = await command.ended;
    expect(lastLine(ended)).toMatchObject({
      error: { name: "Interrupted", cause: "SIGINT came before the workflow had ended" },
    });
    expect(ended.exitCode).toBe(130);
  });

  test("stays up until Ctrl-C, which drains and leaves no process behind", async () => {
    const command = npmRun("start");
    await command.says(/The local cloud stays up until Ctrl-C/);
    const [, pid] = await command.says(/process (\d+)/);
    interrupt(command);
    const ended = await command.ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toMatch(
      /584 objects found[\s\S]*catalogue: \S+\.json[\s\S]*merge \(fargate\): 1 task[\s\S]*draining/,
    );
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
  });

  test("drains too when npm alone is asked to end in the middle of a run", async () => {
    const command = npmRun("start", "--json", "--stack", "staging");
    const [, pid] = await command.says(/a worker of detect started \(fargate, process (\d+)\)/);
    command.child.kill("SIGTERM");
    const ended = await command.ended;
    const report = lastLine(ended) as RunReport;
    expect(report).toMatchObject({
      error: { cause: expect.stringContaining("SIGTERM") as string },
      leftoverProcesses: 0,
    });
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
    expect(ended.exitCode).toBe(130);
  });
});

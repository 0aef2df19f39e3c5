import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createProcesses,
  leftoverProcesses,
  newContainerId,
  type Processes,
} from "../../../local/cloud/processes";
import { temporaryDirectory, until } from "./loopback";

const directory = temporaryDirectory();
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
let runs = 0;

function nextRun(): Processes {
  runs += 1;
  return createProcesses(`test-${String(process.pid)}-${String(runs)}`);
}

function start(processes: Processes, script: string) {
  const logFile = join(directory, `${newContainerId()}.log`);
  const options = { command: ["bash", "-c", script], workingDirectory: directory, environment, logFile };
  return { container: processes.start(newContainerId(), options), log: () => readFileSync(logFile, "utf8") };
}

describe("a container", () => {
  test("whose main process is killed takes with it whatever it started, in whatever session", async () => {
    const processes = nextRun();
    const { container } = start(
      processes,
      "setsid sleep 1000 & setsid setsid sleep 1000 & sleep 1000 & echo up; wait",
    );
    await until("all four run", async () => (await leftoverProcesses(processes.runId)).length === 4);
    process.kill(container.pid ?? 0, "SIGKILL");
    expect(await container.ended).toEqual({ exitCode: null, signal: "SIGKILL", problem: null });
    expect(await leftoverProcesses(processes.runId)).toEqual([]);
    await processes.close();
  });

  test("is stopped by SIGTERM, and may take its time", async () => {
    const processes = nextRun();
    const { container, log } = start(processes, "trap 'echo bye; exit 7' TERM; echo up; sleep 1000 & wait");
    await until("it is up", () => log().includes("up"));
    expect(await container.stop(10_000)).toEqual({ exitCode: 7, signal: null, problem: null });
    expect(log()).toBe("up\nbye\n");
    await processes.close();
  });

  test("hears SIGTERM once, however often it is stopped, and is killed when the shortest time is over", async () => {
    const processes = nextRun();
    const { container, log } = start(
      processes,
      "trap 'echo told' TERM; echo up; while :; do sleep 1000 & wait; done",
    );
    await until("it is up", () => log().includes("up"));
    const first = container.stop(60_000);
    await until("it is told", () => log().includes("told"));
    const second = container.stop(0);
    expect(await first).toMatchObject({ signal: "SIGKILL" });
    expect(await second).toMatchObject({ signal: "SIGKILL" });
    expect(log()).toBe("up\ntold\n");
    await processes.close();
  });

  test("that can't be started ends with the reason", async () => {
    const processes = nextRun();
    const options = {
      command: ["/no/such/program"],
      workingDirectory: directory,
      environment,
      logFile: join(directory, "no.log"),
    };
    const container = processes.start(newContainerId(), options);
    expect(container.pid).toBeNull();
    expect((await container.ended).problem).toContain("ENOENT");
    await processes.close();
  });
});

test("closing a run leaves nothing, and touches no other run", async () => {
  const [one, other] = [nextRun(), nextRun()];
  start(one, "setsid sleep 1000 & wait");
  start(other, "setsid sleep 1000 & wait");
  for (const run of [one, other])
    await until("both run", async () => (await leftoverProcesses(run.runId)).length === 2);
  await one.close();
  expect(await leftoverProcesses(one.runId)).toEqual([]);
  expect(await leftoverProcesses(other.runId)).toHaveLength(2);
  await other.close();
});

test("the reaper ends a run whose own process was killed", async () => {
  const runId = `test-${String(process.pid)}-orphaned`;
  const script = `
    const { createProcesses } = require(${JSON.stringify(join(__dirname, "../../../local/cloud/processes"))});
    const command = ["bash", "-c", "setsid sleep 1000 & wait"];
    createProcesses(${JSON.stringify(runId)}).start("c", { command, workingDirectory: "/", environment: ${JSON.stringify(environment)}, logFile: ${JSON.stringify(join(directory, "orphan.log"))} });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--import", "tsx", "-e", script], { stdio: "ignore" });
  await until("they run", async () => (await leftoverProcesses(runId)).length === 2);
  parent.kill("SIGKILL");
  await until("they are gone", async () => (await leftoverProcesses(runId)).length === 0);
});

/** A worker with its function beside it: two processes, of which each needs the other. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcesses, type Container, type Processes } from "../../../local/cloud/processes";
import { startContainers } from "../../../local/cloud/ecs/sidecar";
import { temporaryDirectory, until } from "./loopback";

const directory = temporaryDirectory();
const home = join(directory, "home");
const logFile = join(directory, "log");
/** Serves on its port at last, as a worker does once it is up; says who it is. */
const WORKER = `
setTimeout(() => {
  require("node:http").createServer((request, response) => response.end()).listen(
    Number(process.env.LOVELESS_SIDECAR_PORT), "127.0.0.1", () => console.log("worker up"));
}, 100);
process.on("SIGTERM", () => { console.log("worker drained"); process.exit(0); });`;
const FUNCTION = `
fetch("http://" + process.env.AWS_LAMBDA_RUNTIME_API).then(
  () => console.log("function served, " + Object.keys(process.env).filter((name) => name.startsWith("LOVELESS_")).length + " settings"),
  () => console.log("function refused"));
setInterval(() => undefined, 1000);
process.on("SIGTERM", () => { console.log("function ended"); process.exit(0); });
process.on("SIGUSR2", () => process.exit(7));`;

let processes: Processes;
let pair: Container;

beforeEach(() => {
  mkdirSync(home, { recursive: true });
  writeFileSync(logFile, "");
  const [worker, beside] = [join(directory, "worker.cjs"), join(directory, "function.cjs")];
  writeFileSync(worker, WORKER);
  writeFileSync(beside, `console.log("function " + process.pid);${FUNCTION}`);
  processes = createProcesses(`sidecar-${String(process.pid)}-${String(Date.now())}`);
  pair = startContainers(processes, "1".repeat(32), {
    workerCommand: [process.execPath, worker],
    definition: {
      taskRoot: directory,
      environment: { LOVELESS_FUNCTION_NAME: "beside" },
      sidecar: { command: [process.execPath, beside], environment: {} },
    },
    environment: {},
    home,
    logFile,
  });
});
afterEach(() => processes.close());

const lines = (): readonly string[] => readFileSync(logFile, "utf8").trim().split("\n");
const isServed = (): Promise<void> =>
  until("the function is served", () => lines().some((line) => line.startsWith("function served")));

test("the function starts when its worker serves, finds it, and knows nothing of its settings", async () => {
  await isServed();
  expect(lines().findIndex((line) => line === "worker up")).toBeLessThan(
    lines().findIndex((line) => /^function \d+$/.test(line)),
  );
  expect(lines()).toContain("function served, 0 settings");
});

test("they are stopped in the reverse order of their start", async () => {
  await isServed();
  expect(await pair.stop(10_000)).toMatchObject({ exitCode: 0, signal: null });
  expect(lines().slice(-2)).toEqual(["function ended", "worker drained"]);
});

test("a function that ends takes its worker with it, which is told to drain", async () => {
  await isServed();
  const pid = Number(
    lines()
      .find((line) => /^function \d+$/.test(line))
      ?.split(" ")[1],
  );
  process.kill(pid, "SIGUSR2");
  expect(await pair.ended).toMatchObject({ exitCode: 0 });
  expect(lines().at(-1)).toBe("worker drained");
});

test("a worker that is lost takes its function with it", async () => {
  await isServed();
  expect(pair.kill()).toBe(true);
  expect(await pair.ended).toMatchObject({ signal: "SIGKILL" });
  const pid = Number(
    lines()
      .find((line) => /^function \d+$/.test(line))
      ?.split(" ")[1],
  );
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

/** Starts the bench's local cloud in a process of its own, as `npm start` runs it: Node with tsx. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

export interface LocalServer {
  readonly endpoint: string;
  readonly accessKeyId: string;
  rssMiB(): Promise<number>;
  /** Processor time that it has taken so far. */
  cpuSeconds(): Promise<number>;
  /** Opens a console beside the endpoint, and gives its address. */
  openConsole(): Promise<string>;
  closeConsole(): Promise<void>;
  close(): Promise<void>;
}

/** As package.json starts the local cloud: V8's nursery of 16 MiB takes three times that, and makes nothing faster here. */
const SMALL_NURSERY = "--max-semi-space-size=4";
const QUIET = "--disable-warning=ExperimentalWarning";
const PROFILE = "LOVELESS_BENCH_PROFILE";

/** With LOVELESS_BENCH_PROFILE set to a folder, that process leaves a CPU profile there. */
export async function startLocalServer(stateDirectory?: string): Promise<LocalServer> {
  const folder = process.env[PROFILE];
  const profile = folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const script = resolve(__dirname, "server.ts");
  const child = spawn(
    process.execPath,
    [
      ...profile,
      QUIET,
      SMALL_NURSERY,
      "--import",
      "tsx",
      script,
      ...(stateDirectory === undefined ? [] : [stateDirectory]),
    ],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error("The local cloud of the bench ended; standard error says why.");
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const { endpoint, accessKeyId } = await answer();
  return {
    endpoint: String(endpoint),
    accessKeyId: String(accessKeyId),
    async rssMiB() {
      child.stdin.write("rss\n");
      return Number((await answer())["rssBytes"]) / 1024 / 1024;
    },
    async cpuSeconds() {
      child.stdin.write("rss\n");
      const { user, system } = (await answer())["cpu"] as NodeJS.CpuUsage;
      return (user + system) / 1_000_000;
    },
    async openConsole() {
      child.stdin.write("console\n");
      return String((await answer())["url"]);
    },
    async closeConsole() {
      child.stdin.write("no console\n");
      await answer();
    },
    async close() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

/** What a task costs that gets a process of its own, beside the spawn of that process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFunctionProcess } from "../../../worker/function-process";
import { clientEnvironment, type Client } from "./client";
import { EVENT } from "./event";
import { median } from "./statistics";

const TIMES = 15;

/** `spawnMs`: from spawn to the first /next, at a bare server. `taskMs`: a whole task in a fresh process. */
export async function freshProcess(
  client: Client,
  taskRoot: string,
): Promise<{ readonly spawnMs: number; readonly taskMs: number }> {
  const spawns: number[] = [];
  const tasks: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    spawns.push(await spawnMs(client, taskRoot));
    tasks.push(await taskMs(client, taskRoot));
  }
  return { spawnMs: Math.round(median(spawns) * 10) / 10, taskMs: Math.round(median(tasks) * 10) / 10 };
}

async function spawnMs(client: Client, taskRoot: string): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const startMs = performance.now();
  const [program, ...args] = client.command;
  const { port } = server.address() as AddressInfo;
  const child = spawn(program, [...args, "echo.handler"], {
    env: { PATH: process.env["PATH"], ...clientEnvironment(port, taskRoot) },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  await once(server, "request");
  const tookMs = performance.now() - startMs;
  child.kill("SIGKILL");
  await once(child, "exit");
  server.closeAllConnections();
  server.close();
  return tookMs;
}

async function taskMs(client: Client, taskRoot: string): Promise<number> {
  const functionProcess = await createFunctionProcess({
    command: [...client.command, "echo.handler"],
    handler: "echo.handler",
    environment: { PATH: process.env["PATH"] ?? "", LAMBDA_TASK_ROOT: taskRoot },
    functionName: "echo",
    memoryMib: 512,
    onOutput: () => undefined,
  });
  const startMs = performance.now();
  const deadlineMs = Date.now() + 60_000;
  const invocation = { requestId: "fresh", input: EVENT, deadlineMs, functionArn: "arn:echo" };
  const outcome = await functionProcess.invoke(invocation, new AbortController().signal);
  const tookMs = performance.now() - startMs;
  if (outcome.kind === "failure") throw new Error(`${outcome.error}: ${outcome.cause}`);
  await functionProcess.close();
  return tookMs;
}

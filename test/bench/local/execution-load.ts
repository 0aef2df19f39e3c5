/** Starts executions as fast as the local cloud answers, and sees that they end. */
import { setTimeout as delay } from "node:timers/promises";
import type { Caller } from "./caller";

const STARTERS = 64;
const INPUT = JSON.stringify({ numbers: [1, 2, 3, 5, 8, 13], tile: "tiles/0/0.png", threshold: 60 });

/** Seconds from the first start until the last execution has succeeded. */
export async function runExecutions(caller: Caller, stateMachineArn: string, count: number): Promise<number> {
  const begin = performance.now();
  let started = 0;
  let last = "";
  const starter = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      const { executionArn } = await caller.call("StartExecution", { stateMachineArn, input: INPUT });
      last = String(executionArn);
    }
  };
  await Promise.all(Array.from({ length: STARTERS }, starter));
  await succeeded(caller, last);
  while ((await running(caller, stateMachineArn)) > 0) await delay(1);
  return (performance.now() - begin) / 1000;
}

/** Seconds that one execution takes, with `items` items in its input. */
export async function runMap(caller: Caller, stateMachineArn: string, items: number): Promise<number> {
  const input = JSON.stringify({ items: Array.from({ length: items }, (_, index) => index) });
  const begin = performance.now();
  const { executionArn } = await caller.call("StartExecution", { stateMachineArn, input });
  await succeeded(caller, String(executionArn));
  return (performance.now() - begin) / 1000;
}

export async function succeeded(caller: Caller, executionArn: string): Promise<void> {
  for (;;) {
    const { status, cause } = await caller.call("DescribeExecution", { executionArn });
    if (status === "SUCCEEDED") return;
    if (status !== "RUNNING") throw new Error(`${executionArn} is ${String(status)}: ${String(cause)}`);
    await delay(5);
  }
}

async function running(caller: Caller, stateMachineArn: string): Promise<number> {
  const { executions } = await caller.call("ListExecutions", { stateMachineArn, statusFilter: "RUNNING" });
  return Array.isArray(executions) ? executions.length : 0;
}

/** Workers that do nothing with their tasks but end them: poll, succeed, poll. */
import type { Caller } from "./caller";
import { ACTIVITY, MACHINES } from "./declared";
import { succeeded } from "./execution-load";

const POLLERS = 20;
/** Of one execution: its history has 25,000 events at most. */
const TASKS_EACH = 1_000;

/** Seconds from the first start until `tasks` tasks are done and their executions have succeeded. */
export async function runActivityTasks(caller: Caller, tasks: number): Promise<number> {
  const begin = performance.now();
  const input = JSON.stringify({
    items: Array.from({ length: TASKS_EACH }, (_, index) => ({ tile: index })),
  });
  const executions = await Promise.all(
    Array.from({ length: tasks / TASKS_EACH }, () =>
      caller.call("StartExecution", { stateMachineArn: MACHINES.tasks, input }),
    ),
  );
  let taken = 0;
  const poller = async (): Promise<void> => {
    while (taken < tasks) {
      taken += 1;
      const { taskToken, input: output } = await caller.call("GetActivityTask", { activityArn: ACTIVITY });
      await caller.call("SendTaskSuccess", { taskToken, output });
    }
  };
  await Promise.all(Array.from({ length: POLLERS }, poller));
  for (const { executionArn } of executions) await succeeded(caller, String(executionArn));
  return (performance.now() - begin) / 1000;
}

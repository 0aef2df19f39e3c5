/** A console for the bench's local cloud, which has Step Functions and no workers: its activity is shown as a pool. */
import type { Access } from "../../../local/cloud/access";
import { createFaults } from "../../../local/cloud/faults/faults";
import type { States } from "../../../local/cloud/states/states";
import { openConsole, type Console } from "../../../local/console/console";
import { ACTIVITY, graph, LOAD_ROLE, REGION } from "./declared";

export function openBenchConsole(cloud: {
  readonly states: States;
  readonly access: Access;
  readonly endpoint: string;
}): Promise<Console> {
  const pool = {
    activityArn: ACTIVITY,
    activity: "detect",
    function: "detect",
    serviceName: "detect",
    placement: "fargate",
    gpu: false,
    desiredCount: 0,
    runningCount: 0,
    pendingCount: 0,
    peakWorkers: 0,
    pids: [],
  } as const;
  return openConsole({
    cloud: {
      ...cloud,
      region: REGION,
      credentials: cloud.access.issue(LOAD_ROLE),
      runId: "bench",
      pools: () => [pool],
      workers: { workersOf: () => [], killWorker: () => false },
      onPurpose: createFaults([], 1),
      runs: [],
      logDirectory: "",
    },
    graph: graph(),
    port: 0,
    minuteSeconds: 5,
  });
}

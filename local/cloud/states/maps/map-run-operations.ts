/** The operations on Map Runs. */
import type { Operation } from "../../service";
import type { Executions } from "../executions/executions";
import type { MapRun, MapRuns } from "./map-runs";
import { arn, page, seconds, text, violation, type Request } from "../request";

export function mapRunOperations(mapRuns: MapRuns, executions: Executions): Record<string, Operation> {
  const onMapRun = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: arn(request, "mapRunArn", "mapRun") },
  ];
  return {
    DescribeMapRun: {
      needs: onMapRun("DescribeMapRun"),
      run(request) {
        const run = mapRuns.find(text(request, "mapRunArn"));
        const { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage, status } = run;
        return {
          mapRunArn: run.arn,
          executionArn: run.executionArn,
          status,
          startDate: seconds(run.startedMs),
          stopDate: run.stoppedMs === null ? undefined : seconds(run.stoppedMs),
          maxConcurrency,
          toleratedFailureCount,
          toleratedFailurePercentage,
          itemCounts: run.itemCounts,
          executionCounts: run.executionCounts,
          redriveCount: run.redriveCount,
          redriveDate: run.redrivenMs === null ? undefined : seconds(run.redrivenMs),
        };
      },
    },
    ListMapRuns: {
      needs: (request) => [
        { action: "states:ListMapRuns", resource: arn(request, "executionArn", "execution") },
      ],
      run(request) {
        const { arn: executionArn } = executions.find(text(request, "executionArn"));
        const { items, nextToken } = page(request, mapRuns.ofExecution(executionArn));
        return { mapRuns: items.map(summary), nextToken };
      },
    },
    UpdateMapRun: {
      needs: onMapRun("UpdateMapRun"),
      run(request) {
        const run = mapRuns.find(text(request, "mapRunArn"));
        run.maxConcurrency = bound(request, "maxConcurrency") ?? run.maxConcurrency;
        run.toleratedFailureCount = bound(request, "toleratedFailureCount") ?? run.toleratedFailureCount;
        run.toleratedFailurePercentage =
          bound(request, "toleratedFailurePercentage", 100) ?? run.toleratedFailurePercentage;
        mapRuns.changed(run);
        run.onUpdated();
        return {};
      },
    },
  };
}

function summary({ arn: mapRunArn, executionArn, stateMachineArn, startedMs, stoppedMs }: MapRun): object {
  return {
    mapRunArn,
    executionArn,
    stateMachineArn,
    startDate: seconds(startedMs),
    stopDate: stoppedMs === null ? undefined : seconds(stoppedMs),
  };
}

function bound(request: Request, field: string, most = Infinity): number | undefined {
  const value = request[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || value < 0)
    throw violation(value, field, "Member must have value greater than or equal to 0");
  if (value > most)
    throw violation(value, field, `Member must have value less than or equal to ${String(most)}`);
  return value;
}

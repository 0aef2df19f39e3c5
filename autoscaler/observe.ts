/** Asks CloudWatch and ECS what there is to know about all pools; what fails for one is unknown for that one alone. */
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { inBatches } from "./batches";
import { readBins } from "./metrics";
import type { Known, Observation, Workers } from "./observation";
import type { AutoscalerSettings } from "./settings";

export interface AutoscalerClients {
  readonly cloudWatch: CloudWatchClient;
  readonly ecs: ECSClient;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const SERVICES_PER_CALL = 10;

/** Never rejects for what a service answers. */
export async function observe(
  { cloudWatch, ecs }: AutoscalerClients,
  settings: AutoscalerSettings,
  nowMs: number,
  signal: AbortSignal,
): Promise<Observation> {
  const [bins, workers] = await Promise.all([
    readBins(cloudWatch, settings, nowMs, signal),
    describeWorkers(ecs, settings, signal),
  ]);
  const missing = { known: false, why: "the answer does not name it" } as const;
  return new Map(
    settings.pools.map(({ activityArn, serviceArn }) => [
      activityArn,
      { bins: bins.get(activityArn) ?? missing, workers: workers.get(serviceArn) ?? missing },
    ]),
  );
}

/** By the ARN of the service. */
async function describeWorkers(
  ecs: ECSClient,
  { clusterArn, pools }: AutoscalerSettings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known<Workers>>> {
  const found = new Map<string, Known<Workers>>();
  const arns = pools.map(({ serviceArn }) => serviceArn);
  const describe = async (services: readonly string[]): Promise<void> => {
    try {
      const command = new DescribeServicesCommand({ cluster: clusterArn, services: [...services] });
      const answer = await ecs.send(command, { abortSignal: signal });
      for (const { arn, reason } of answer.failures ?? []) {
        if (arn !== undefined) found.set(arn, { known: false, why: `ECS says ${reason ?? "nothing more"}` });
      }
      for (const { serviceArn, status, desiredCount, runningCount, pendingCount } of answer.services ?? []) {
        if (serviceArn === undefined) continue;
        // A deleted service is still described for a while, and can't be updated.
        const workers = {
          desired: desiredCount ?? 0,
          running: runningCount ?? 0,
          pending: pendingCount ?? 0,
        };
        const isActive = status === "ACTIVE";
        found.set(
          serviceArn,
          isActive
            ? { known: true, value: workers }
            : { known: false, why: `its status is ${status ?? "absent"}` },
        );
      }
    } catch (error) {
      for (const arn of services) found.set(arn, { known: false, why: String(error) });
    }
  };
  await Promise.all(inBatches(arns, SERVICES_PER_CALL).map(describe));
  return found;
}

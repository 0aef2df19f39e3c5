/** The ECS services of the pools: their counts, and the mark that the fast signal leaves on them. */
import {
  DescribeServicesCommand,
  type Deployment as EcsDeployment,
  type ECSClient,
  type Service,
} from "@aws-sdk/client-ecs";
import { inBatches } from "./batches";
import { type Mark, MARK_TAG, NO_MARK, parseMark } from "./mark";
import type { Deployment, Known, Workers } from "./observation";

export interface ServiceState {
  readonly workers: Workers;
  readonly mark: Mark;
  readonly deployment?: Deployment | undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const SERVICES_PER_CALL = 10;

/** By the ARN of the service. Never rejects: a call that fails makes its services unknown. */
export async function describeServices(
  ecs: ECSClient,
  clusterArn: string,
  serviceArns: readonly string[],
  options: { readonly withMarks: boolean; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Known<ServiceState>>> {
  const found = new Map<string, Known<ServiceState>>();
  const describe = async (services: readonly string[]): Promise<void> => {
    try {
      const command = new DescribeServicesCommand({
        cluster: clusterArn,
        services: [...services],
        ...(options.withMarks ? { include: ["TAGS"] } : {}),
      });
      const answer = await ecs.send(command, { abortSignal: options.signal });
      for (const { arn, reason } of answer.failures ?? []) {
        if (arn !== undefined) found.set(arn, { known: false, why: `ECS says ${reason ?? "nothing more"}` });
      }
      for (const service of answer.services ?? []) {
        if (service.serviceArn !== undefined) found.set(service.serviceArn, stateOf(service));
      }
    } catch (error) {
      for (const arn of services) found.set(arn, { known: false, why: String(error) });
    }
  };
  await Promise.all(inBatches(serviceArns, SERVICES_PER_CALL).map(describe));
  return found;
}

function stateOf({
  status,
  desiredCount,
  runningCount,
  pendingCount,
  tags,
  deployments,
}: Service): Known<ServiceState> {
  // A deleted service is still described for a while, and can't be updated.
  if (status !== "ACTIVE") return { known: false, why: `its status is ${status ?? "absent"}` };
  // A service without counts is not one without workers.
  if (desiredCount === undefined || runningCount === undefined) {
    return { known: false, why: "ECS gives no counts" };
  }
  const mark = tags?.find(({ key }) => key === MARK_TAG)?.value;
  return {
    known: true,
    value: {
      workers: { desired: desiredCount, running: runningCount, pending: pendingCount ?? 0 },
      mark: mark === undefined ? NO_MARK : parseMark(mark),
      deployment: newest(deployments),
    },
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html */
function newest(deployments: readonly EcsDeployment[] = []): Deployment | undefined {
  const {
    createdAt,
    rolloutState,
    failedTasks = 0,
  } = deployments.find(({ status }) => status === "PRIMARY") ?? {};
  if (createdAt === undefined || rolloutState === undefined) return undefined;
  return { createdMs: createdAt.getTime(), state: rolloutState, failedStarts: failedTasks };
}

/** One delivery of the state machine's log: marks and wakes the pools whose tasks it says were scheduled. */
import { TagResourceCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { apply } from "./apply";
import { logDecision } from "./decision-log";
import { readRecords } from "./log-records";
import { MARK_TAG, writeMark } from "./mark";
import { ALL_SERIES, HISTORY_MINUTES, readBins } from "./metrics";
import type { Bin, SignalledTasks } from "./observation";
import type { AutoscalerClients } from "./observe";
import type { Decision } from "./plan";
import { describeServices, type ServiceState } from "./services";
import type { AutoscalerSettings, PoolSettings } from "./settings";
import { scaleBy, type TickOptions } from "./tick";
import { isNews, wake, type WakeOptions } from "./wake";

/** `data` as CloudWatch Logs sends it. Rejects, after all pools had their turn, with a line that names what failed. */
export async function receive(
  clients: AutoscalerClients,
  settings: AutoscalerSettings,
  data: string,
  { now, log, signal }: TickOptions,
): Promise<void> {
  const { delivery, tasks, unnamed } = readRecords(data);
  if (unnamed > 0) log("unnamedRecordsIgnored", { records: unnamed });
  const told = settings.pools.filter(({ activityArn }) => tasks.has(activityArn));
  if (told.length === 0) return;
  const services = await describeServices(
    clients.ecs,
    settings.clusterArn,
    told.map(({ serviceArn }) => serviceArn),
    { withMarks: true, signal },
  );
  const nowMs = now();
  const troubles: string[] = [];
  const turn = async (pool: PoolSettings): Promise<Decision[]> => {
    const state = services.get(pool.serviceArn);
    if (state?.known !== true) {
      troubles.push(
        `${pool.function}: the service is unknown: ${state?.why ?? "the answer does not name it"}`,
      );
      return [];
    }
    const fresh = { tasks: tasks.get(pool.activityArn) ?? [], delivery };
    try {
      return await wakePool(clients, settings, { pool, state: state.value, fresh, nowMs, signal });
    } catch (error) {
      troubles.push(`${pool.function} was not marked: ${String(error)}`);
      return [];
    }
  };
  const decisions = (await Promise.all(told.map(turn))).flat();
  const failures = await apply(scaleBy(clients, settings, signal), decisions);
  for (const decision of decisions) logDecision(log, decision, failures, nowMs);
  troubles.push(
    ...failures.map(({ decision, error }) => `${decision.pool.function} was not updated: ${String(error)}`),
  );
  if (troubles.length > 0) throw new Error(troubles.join("; "));
}

interface Turn {
  readonly pool: PoolSettings;
  readonly state: ServiceState;
  readonly fresh: { readonly tasks: readonly SignalledTasks[]; readonly delivery: string };
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** The mark comes first: a tick between the two would send the workers away. */
async function wakePool(
  { ecs, cloudWatch }: AutoscalerClients,
  { minuteSeconds, dryRun }: AutoscalerSettings,
  { pool, state, fresh, nowMs, signal }: Turn,
): Promise<Decision[]> {
  const { workers, mark: before } = state;
  const options: WakeOptions = { pool, workers, mark: before, fresh, minuteSeconds, nowMs };
  if (before.deliveries.includes(fresh.delivery) || !isNews(options)) return [];
  let bins: readonly Bin[] | null = null;
  if (workers.running > 0) {
    const wanted = {
      activityArns: [pool.activityArn],
      series: ALL_SERIES,
      minutes: HISTORY_MINUTES,
      minuteSeconds,
      nowMs,
    };
    const read = (await readBins(cloudWatch, wanted, signal)).get(pool.activityArn);
    // A pool at work whose metrics are unknown is left to the ticks.
    if (read?.known !== true) return [];
    bins = read.value;
  }
  const { mark, decision } = wake(options, bins);
  if (!dryRun) await leaveMark(ecs, pool.serviceArn, writeMark(mark), signal);
  return decision === null ? [] : [decision];
}

async function leaveMark(
  ecs: ECSClient,
  resourceArn: string,
  value: string,
  signal: AbortSignal,
): Promise<void> {
  const command = new TagResourceCommand({ resourceArn, tags: [{ key: MARK_TAG, value }] });
  await ecs.send(command, { abortSignal: signal });
}

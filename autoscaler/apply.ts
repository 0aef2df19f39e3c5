/** Carries out a plan: sets the desired counts that change. One pool's failure stops no other. */
import { type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { setTimeout as wait } from "node:timers/promises";
import type { Decision } from "./plan";

/** What could not be done for one pool. */
export interface Failure {
  readonly decision: Decision;
  readonly error: Error;
}

/** Sets the desired count of a service. */
export type Scale = (serviceArn: string, desired: number) => Promise<void>;

/** UpdateService is throttled for the whole account: so many calls are under way at once, and no more. */
const CALLS_AT_ONCE = 10;

/** UpdateService is called for changes alone. */
export async function apply(scale: Scale, decisions: readonly Decision[]): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const changes = decisions.filter(({ action, desired }) => action !== "hold" && desired !== null);
  const next = changes.values();
  const work = async (): Promise<void> => {
    for (const decision of next) {
      try {
        await scale(decision.pool.serviceArn, decision.desired ?? 0);
      } catch (error) {
        failures.push({ decision, error: error instanceof Error ? error : new Error(String(error)) });
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return failures;
}

/** The first pause before a call is made again; each one is twice as long, less a random part. */
const FIRST_PAUSE_MS = 200;
const ATTEMPTS = 5;
/** Beyond what the SDK itself retries: another change of the service is under way. */
const PASSING: ReadonlySet<string> = new Set([
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "ConflictException",
  "ServerException",
  "ServiceUnavailable",
]);

/** Scales services of a cluster. What is throttled or in conflict is tried again until the signal aborts. */
export function scaleServices(
  ecs: ECSClient,
  clusterArn: string,
  { signal, firstPauseMs = FIRST_PAUSE_MS }: { readonly signal: AbortSignal; readonly firstPauseMs?: number },
): Scale {
  return async (service, desiredCount) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const command = new UpdateServiceCommand({ cluster: clusterArn, service, desiredCount });
        await ecs.send(command, { abortSignal: signal });
        return;
      } catch (error) {
        const isPassing = error instanceof Error && PASSING.has(error.name);
        if (!isPassing || attempt === ATTEMPTS || signal.aborted) throw error;
        await wait(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2), null, { signal });
      }
    }
  };
}

/** Changes nothing: the decisions are logged as they always are. */
export function scaleNothing(): Scale {
  return () => Promise.resolve();
}

/**
 * A new deployment of a pool at zero starts no worker, so nothing tests its image, its rights or its settings until tasks
 * wait for them. ECS takes it for complete at once (a service without tasks is steady), and its circuit breaker looks no
 * further: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * So one worker is kept for a while: the canary.
 */
import type { Bin, Deployment } from "./observation";

/**
 * A deployment has proved itself when workers ran in so many bins in a row: longer than ECS needs to find a container
 * unhealthy (a minute to start, three checks half a minute apart).
 */
const PROOF_BINS = 3;

export interface CanaryOptions {
  /** How long a deployment that does not prove itself is given; 0: pools have no canary. */
  readonly canaryMinutes: number;
  readonly minuteSeconds: number;
  readonly nowMs: number;
}

/** Whether the newest deployment is so young that it may need a canary. */
export function isYoung(
  deployment: Deployment | undefined,
  { canaryMinutes, minuteSeconds, nowMs }: CanaryOptions,
): boolean {
  if (deployment === undefined) return false;
  return nowMs - deployment.createdMs < canaryMinutes * minuteSeconds * 1000;
}

/** Why a worker is kept although no task needs it; null when none is. */
export function canaryFor(
  deployment: Deployment | undefined,
  bins: readonly Bin[],
  options: CanaryOptions,
): string | null {
  if (deployment === undefined || !isYoung(deployment, options)) return null;
  // Workers of the deployment before run on while ECS replaces them: they prove nothing of this one.
  if (deployment.state === "COMPLETED" && hasProved(deployment, bins)) return null;
  const { failedStarts } = deployment;
  const failures = failedStarts === 0 ? "" : `, of which ${String(failedStarts)} starts failed so far`;
  return `canary: 1 worker tries the newest deployment${failures}`;
}

function hasProved({ createdMs }: Deployment, bins: readonly Bin[]): boolean {
  let inARow = 0;
  for (const { running } of bins.filter(({ startMs }) => startMs >= createdMs)) {
    // The newest bin has no point yet, and any point can be lost: only a count of zero breaks the row.
    if (running === null) continue;
    inARow = running > 0 ? inARow + 1 : 0;
    if (inARow === PROOF_BINS) return true;
  }
  return false;
}

/** Survival of tasks in the two grids that the law reckons in: bins, and steps of a sixth of one. */
import type { ServiceTime } from "./service-time";

/** Steps of a bin. */
export const STEPS = 6;

export interface SurvivalTable {
  /** Share of the tasks that started in a bin which still run at the end of the bin so many later. */
  readonly byBin: Float64Array;
  /** Share of the tasks that started at a step which run in the step so many later, on average over that step. */
  readonly byStep: Float64Array;
}

export function survivalTable(
  service: ServiceTime,
  binSeconds: number,
  bins: number,
  steps: number,
): SurvivalTable {
  const step = binSeconds / STEPS;
  // By the middle of the bin in which they started; the first bin and sharp times need a finer look.
  const byBin = new Float64Array(bins);
  for (let age = 0; age < bins; age++) {
    const from = age * binSeconds;
    byBin[age] =
      age > 0 && service.sigma > 0.3
        ? service.survival(from + binSeconds / 2)
        : (service.survival(from + binSeconds / 6) +
            service.survival(from + binSeconds / 2) +
            service.survival(from + (5 * binSeconds) / 6)) /
          3;
    // Nothing is left beyond all belief: an end was lost.
    if ((byBin[age] as number) < 1e-4) break;
  }
  const byStep = new Float64Array(steps);
  for (let age = 0; age < steps; age++) byStep[age] = service.survival((age + 0.5) * step);
  byStep[0] = Math.max(0.02, occupancy(service, step));
  return { byBin, byStep };
}

/** Mean share of the first step for which a task runs. */
function occupancy(service: ServiceTime, step: number): number {
  let sum = 0;
  for (let part = 0; part < 8; part++) sum += service.survival(((part + 0.5) * step) / 8);
  return sum / 8;
}

/** What a worker costs, for the dashboard and the cap. */
import type { Architecture, FunctionSettings, PoolPlacement } from "../settings/function-entry";

/** Fargate on demand in eu-west-1, US dollars an hour: https://aws.amazon.com/fargate/pricing/ */
const FARGATE: Readonly<Record<Architecture, { readonly vcpu: number; readonly gib: number }>> = {
  x86_64: { vcpu: 0.04048, gib: 0.004445 },
  arm64: { vcpu: 0.03238, gib: 0.00356 },
};

/** US dollars; null on instances where the stack does not say. Spot costs less: this is the most that it can be. */
export function dollarsPerWorkerHour(
  placement: PoolPlacement,
  settings: Pick<FunctionSettings, "cpu" | "memoryMib" | "architecture" | "dollarsPerWorkerHour">,
): number | null {
  if (settings.dollarsPerWorkerHour !== undefined) return settings.dollarsPerWorkerHour;
  if (placement !== "fargate") return null;
  const { vcpu, gib } = FARGATE[settings.architecture];
  const dollars = (settings.cpu / 1024) * vcpu + (settings.memoryMib / 1024) * gib;
  return Math.round(dollars * 1e5) / 1e5;
}

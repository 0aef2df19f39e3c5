/** How many workers fit on an instance: a small table of what instance types have, enough for a laptop's model of EC2. */

/** What a worker takes of an instance. */
export interface WorkerNeeds {
  /** CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly gpus: number;
}

/** GiB for each vCPU, by the letters of the family. https://aws.amazon.com/ec2/instance-types/ */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, t: 4, r: 8, x: 16, g: 4, gr: 8, inf: 2 };
const VCPUS: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 };
/** GPUs by size where there are more than one. */
const GPUS: Readonly<Record<string, number>> = { "12xlarge": 4, "24xlarge": 4, "48xlarge": 8 };
/** The kernel and the ECS agent take a share before ECS counts what is left. */
const MEMORY_LEFT = 0.93;

/** At least 1: a type that is not known, or is too small for a worker, is taken to hold one. */
export function workersPerInstance(instanceType: string | null, needs: WorkerNeeds): number {
  const [, family = "", size = ""] = /^([a-z]+)\d[a-z0-9-]*\.(\w+)$/.exec(instanceType ?? "") ?? [];
  const gibPerVcpu = GIB_PER_VCPU[family];
  const vcpus = VCPUS[size] ?? Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? Number.NaN) * 4;
  if (gibPerVcpu === undefined || Number.isNaN(vcpus)) return 1;
  const gpus = family.startsWith("g") ? (GPUS[size] ?? 1) : 0;
  const byGpu = needs.gpus === 0 ? Number.POSITIVE_INFINITY : Math.floor(gpus / needs.gpus);
  const byCpu = Math.floor((vcpus * 1024) / needs.cpu);
  const byMemory = Math.floor((vcpus * gibPerVcpu * 1024 * MEMORY_LEFT) / needs.memoryMib);
  return Math.max(1, Math.min(byGpu, byCpu, byMemory));
}

/**
 * The sizes that Fargate offers.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
 */

interface Size {
  /** CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memories: readonly number[];
}

const SIZES: readonly Size[] = [
  { cpu: 256, memories: [512, 1024, 2048] },
  { cpu: 512, memories: steps(1024, 4096, 1024) },
  { cpu: 1024, memories: steps(2048, 8192, 1024) },
  { cpu: 2048, memories: steps(4096, 16_384, 1024) },
  { cpu: 4096, memories: steps(8192, 30_720, 1024) },
  { cpu: 8192, memories: steps(16_384, 61_440, 4096) },
  { cpu: 16_384, memories: steps(32_768, 122_880, 8192) },
];

/** Null when Fargate has a size of `cpu` units and `memoryMib`; else which key is wrong, and what it may be. */
export function fargateSizeProblem(
  cpu: number,
  memoryMib: number,
): { readonly key: "cpu" | "memoryMib"; readonly allowed: string } | null {
  const size = SIZES.find((candidate) => candidate.cpu === cpu);
  if (size === undefined) {
    return { key: "cpu", allowed: `one of ${SIZES.map((each) => each.cpu).join(", ")} on fargate` };
  }
  if (size.memories.includes(memoryMib)) return null;
  return {
    key: "memoryMib",
    allowed: `one of ${size.memories.join(", ")} on fargate with cpu ${String(cpu)}`,
  };
}

function steps(from: number, to: number, by: number): readonly number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

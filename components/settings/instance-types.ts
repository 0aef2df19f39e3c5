/** What the name of an EC2 instance type tells: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html */
import type { Architecture } from "./function-entry";

/** Families with an NVIDIA GPU: g4dn, g5, g5g, g6, gr6, p3, p4d, p5 and so on; not g4ad, whose GPU is AMD's. */
const GPU_FAMILY = /^(g4dn|g5g?|g6e?|gr6f?|g6f|g7e?|p3|p3dn|p4de?|p5|p5en?|p6-b[23]00)\./;
/** Graviton: a "g" after the generation (c7g, m6gd, g5g), and the first generation, a1. */
const ARM_FAMILY = /^(a1|[a-z]+\d+g[a-z]*)\./;

export function hasGpu(instanceType: string): boolean {
  return GPU_FAMILY.test(instanceType);
}

export function architectureOf(instanceType: string): Architecture {
  return ARM_FAMILY.test(instanceType) ? "arm64" : "x86_64";
}

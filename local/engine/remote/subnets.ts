/**
 * The address ranges that awsx gives to the subnets of a VPC, by its three ways of laying them out:
 * https://github.com/pulumi/pulumi-awsx/tree/v3.8.0/awsx/ec2 (subnetDistributorLegacy.ts, subnetDistributorNew.ts).
 */
import type { Json } from "../../graph";
import { isObject, type JsonObject } from "../wire";
import { aligned, type Block, formatBlock, nextBlock, nthBlock, overlaps, parseBlock, sizeOf } from "./cidr";

export type SubnetType = "Public" | "Private" | "Isolated" | "Unused";

/** What the program asks for, once per zone. */
export interface SubnetSpec {
  readonly type: SubnetType;
  readonly name?: string;
  readonly cidrMask?: number;
  readonly cidrBlocks?: readonly string[];
  readonly tags: JsonObject;
}

export interface PlannedSubnet {
  readonly zone: string;
  /** As `vpc-private-1`. */
  readonly name: string;
  readonly type: SubnetType;
  readonly cidrBlock: string;
  readonly tags: JsonObject;
}

export interface SubnetPlan {
  readonly vpcName: string;
  readonly vpcCidr: string;
  readonly zones: readonly string[];
  /** `Legacy`, `Auto`, `AutoMerge` or `Exact`. */
  readonly strategy: string;
  readonly specs: readonly SubnetSpec[] | null;
  readonly zoneMask?: number;
}

const TYPES: readonly SubnetType[] = ["Public", "Private", "Isolated", "Unused"];

/** Reads `subnetSpecs`; null when the program left them out. A size is turned into a mask. */
export function parseSubnetSpecs(value: Json | undefined): readonly SubnetSpec[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter(isObject).map((spec) => {
    const type = TYPES.find((known) => known.toLowerCase() === String(spec.type).toLowerCase());
    if (type === undefined)
      throw new Error(`A subnet's type is one of ${TYPES.join(", ")}, got ${JSON.stringify(spec.type)}.`);
    const mask = typeof spec.size === "number" ? 32 - Math.log2(spec.size) : spec.cidrMask;
    return {
      type,
      tags: isObject(spec.tags) ? spec.tags : {},
      ...(typeof spec.name === "string" ? { name: spec.name } : {}),
      ...(typeof mask === "number" ? { cidrMask: mask } : {}),
      ...(Array.isArray(spec.cidrBlocks) ? { cidrBlocks: spec.cidrBlocks.map(String) } : {}),
    };
  });
}

/** Throws when subnets overlap or don't fit, as awsx does. */
export function planSubnets(plan: SubnetPlan): readonly PlannedSubnet[] {
  const subnets = layOut(plan);
  for (const [index, subnet] of subnets.entries()) {
    const clash = subnets
      .slice(index + 1)
      .find((other) => overlaps(parseBlock(subnet.cidrBlock), parseBlock(other.cidrBlock)));
    if (clash !== undefined) {
      throw new Error(
        `The subnets ${subnet.name} (${subnet.cidrBlock}) and ${clash.name} (${clash.cidrBlock}) overlap; ` +
          "make the VPC's block larger, the subnets smaller, or use fewer availability zones.",
      );
    }
  }
  return subnets;
}

function layOut(plan: SubnetPlan): readonly PlannedSubnet[] {
  const { specs, strategy } = plan;
  if (specs?.some(({ cidrBlocks }) => cidrBlocks !== undefined) === true) return explicitLayout(plan, specs);
  if (strategy === "Legacy") return legacyLayout(plan);
  return evenLayout(plan, strategy === "AutoMerge" ? mergedWithDefaults(specs ?? []) : specs);
}

function planned(plan: SubnetPlan, zoneIndex: number, spec: SubnetSpec, cidrBlock: string): PlannedSubnet {
  return {
    zone: plan.zones[zoneIndex] ?? "",
    name: `${plan.vpcName}-${spec.name ?? spec.type.toLowerCase()}-${String(zoneIndex + 1)}`,
    type: spec.type,
    cidrBlock,
    tags: spec.tags,
  };
}

function explicitLayout(plan: SubnetPlan, specs: readonly SubnetSpec[]): readonly PlannedSubnet[] {
  return plan.zones.flatMap((_zone, index) =>
    specs.map((spec) => {
      if (spec.cidrBlocks?.length !== plan.zones.length) {
        throw new Error(
          `With cidrBlocks, every subnet spec needs one block per availability zone (${String(plan.zones.length)}).`,
        );
      }
      return planned(plan, index, spec, spec.cidrBlocks[index] ?? "");
    }),
  );
}

/** `Auto` and `Exact`: an even share for each zone, subnets in the order of their specs. */
function evenLayout(plan: SubnetPlan, given: readonly SubnetSpec[] | null): readonly PlannedSubnet[] {
  const vpc = parseBlock(plan.vpcCidr);
  const zoneMask = plan.zoneMask ?? vpc.mask + bitsFor(plan.zones.length);
  const specs = given ?? defaultSpecs(zoneMask);
  const maskOf = (spec: SubnetSpec): number => spec.cidrMask ?? zoneMask + bitsFor(specs.length);
  const wanted = specs.reduce((sum, spec) => sum + sizeOf(maskOf(spec)), 0);
  if (wanted > sizeOf(zoneMask)) {
    throw new Error(
      `The subnets of a zone need ${String(wanted)} addresses, and it has ${String(sizeOf(zoneMask))}.`,
    );
  }
  return plan.zones.flatMap((_zone, index) => {
    let previous: Block | null = null;
    return specs.map((spec) => {
      const zone = nthBlock(vpc, zoneMask, index);
      const block: Block =
        previous === null ? aligned(zone.base, maskOf(spec)) : nextBlock(previous, maskOf(spec));
      previous = block;
      return planned(plan, index, spec, formatBlock(block));
    });
  });
}

/** Never larger than half of a /16, so that room is left to add subnets by hand. */
function defaultSpecs(zoneMask: number): readonly SubnetSpec[] {
  const mask = Math.max(zoneMask, 16);
  return [
    { type: "Private", cidrMask: mask + 1, tags: {} },
    { type: "Public", cidrMask: mask + 2, tags: {} },
  ];
}

function mergedWithDefaults(specs: readonly SubnetSpec[]): readonly SubnetSpec[] {
  const defaults: readonly SubnetSpec[] = [
    { type: "Private", tags: {} },
    { type: "Public", tags: {} },
  ];
  const merged = defaults.map((fallback) => specs.find(({ type }) => type === fallback.type) ?? fallback);
  return [...merged, ...specs.filter((spec) => !merged.includes(spec))];
}

const LARGEST: readonly { readonly type: SubnetType; readonly mask: number }[] = [
  { type: "Private", mask: 19 },
  { type: "Public", mask: 20 },
  { type: "Isolated", mask: 24 },
];

/** `Legacy`: private subnets first, then public ones, then isolated ones, whatever the order of the specs. */
function legacyLayout(plan: SubnetPlan): readonly PlannedSubnet[] {
  const vpc = parseBlock(plan.vpcCidr);
  const zoneMask = plan.zoneMask ?? vpc.mask + bitsFor(plan.zones.length);
  const { specs } = plan;
  const zoneOf = (index: number): Block => nthBlock(vpc, zoneMask, index);
  if (specs === null) {
    // Half of the zone, and half of what is left.
    return plan.zones.flatMap((_zone, index) => {
      const privateBlock = aligned(zoneOf(index).base, zoneMask + 1);
      return [
        planned(plan, index, { type: "Private", tags: {} }, formatBlock(privateBlock)),
        planned(
          plan,
          index,
          { type: "Public", tags: {} },
          formatBlock(nextBlock(privateBlock, zoneMask + 2)),
        ),
      ];
    });
  }
  const newBits = specs.length === 1 ? 0 : 1;
  return plan.zones.flatMap((_zone, index) => {
    let previous: Block | null = null;
    return LARGEST.flatMap(({ type, mask: largest }) =>
      specs
        .filter((spec) => spec.type === type)
        .map((spec) => {
          const mask = spec.cidrMask ?? Math.max(zoneMask + newBits, largest);
          const block: Block =
            previous === null ? aligned(zoneOf(index).base, mask) : nextBlock(previous, mask);
          previous = block;
          return planned(plan, index, spec, formatBlock(block));
        }),
    );
  });
}

/** Bits that tell `count` things apart. */
function bitsFor(count: number): number {
  return count === 0 ? 0 : Math.ceil(Math.log2(count));
}

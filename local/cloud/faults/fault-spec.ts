/** Faults on purpose, as they are written on the command line: `throttle=5%,states.5xx=2%,delay=200ms,kill-worker=30s`. */

/** What a share of all that could be hit meets. */
export const RATE_KINDS = [
  "throttle",
  "5xx",
  "drop-answer",
  "lost-poll",
  "lose-metric",
  "double-metric",
  "double-log",
] as const;
/** How much later every answer comes. */
export const DELAY_KINDS = ["delay"] as const;
/** What happens again and again, so far apart. */
export const INTERVAL_KINDS = ["kill-worker", "spot"] as const;

export type RateKind = (typeof RATE_KINDS)[number];
export type DelayKind = (typeof DELAY_KINDS)[number];
export type IntervalKind = (typeof INTERVAL_KINDS)[number];
export type FaultKind = RateKind | DelayKind | IntervalKind;

/** The services that the command line may name; each by its SigV4 signing name. */
const SERVICES: Readonly<Record<string, string>> = {
  states: "states",
  s3: "s3",
  cloudwatch: "monitoring",
  ecs: "ecs",
  lambda: "lambda",
  logs: "logs",
  sqs: "sqs",
  ssm: "ssm",
  sts: "sts",
};

export const SERVICE_NAMES: readonly string[] = Object.keys(SERVICES);

/** As the command line names it. */
export function serviceNameOf(signingName: string): string {
  return SERVICE_NAMES.find((name) => SERVICES[name] === signingName) ?? signingName;
}

/** The kinds that hit calls of any service, and so may be narrowed to one. */
const CALL_KINDS: ReadonlySet<FaultKind> = new Set(["throttle", "5xx", "drop-answer", "delay"]);

/** One fault that was asked for. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** SigV4 signing name; null: whatever the kind can hit. */
  readonly service: string | null;
  /** A share from 0 to 1 for the kinds of a rate, milliseconds for the others. */
  readonly amount: number;
}

/** The text is no fault; the message says what is allowed, in one line. */
export class InvalidFault extends Error {
  override readonly name = "InvalidFault";
}

/** Throws InvalidFault. Where a fault is given twice, the last one counts. */
export function parseFaults(text: string): readonly FaultSpec[] {
  const faults = new Map<string, FaultSpec>();
  for (const part of text.split(",")) {
    const fault = parseFault(part.trim());
    faults.set(`${fault.service ?? ""}.${fault.kind}`, fault);
  }
  return [...faults.values()];
}

function parseFault(text: string): FaultSpec {
  const [, prefix, name = "", value = ""] = /^(?:([a-z0-9]+)\.)?([a-z0-9-]+)=(.+)$/.exec(text) ?? [];
  const kind = kindOf(name);
  if (kind === null)
    throw new InvalidFault(`A fault is KIND=AMOUNT with one of ${allKinds().join(", ")}, got "${text}".`);
  return { kind, service: serviceOf(prefix, kind, text), amount: amountOf(kind, value, text) };
}

function allKinds(): readonly FaultKind[] {
  return [...RATE_KINDS, ...DELAY_KINDS, ...INTERVAL_KINDS];
}

function kindOf(name: string): FaultKind | null {
  return allKinds().find((kind) => kind === name) ?? null;
}

function serviceOf(prefix: string | undefined, kind: FaultKind, text: string): string | null {
  if (prefix === undefined) return null;
  if (!isPerService(kind))
    throw new InvalidFault(
      `${kind} is of one service already: write it without "${prefix}.", got "${text}".`,
    );
  const service = SERVICES[prefix];
  if (service !== undefined) return service;
  throw new InvalidFault(`A fault's service is one of ${Object.keys(SERVICES).join(", ")}, got "${text}".`);
}

function amountOf(kind: FaultKind, value: string, text: string): number {
  if (isRate(kind)) {
    const percent = /^\d+(\.\d+)?%$/.test(value) ? Number(value.slice(0, -1)) : Number.NaN;
    if (percent <= 100) return percent / 100;
    throw new InvalidFault(`${kind} takes a share from 0% to 100%, such as ${kind}=5%, got "${text}".`);
  }
  const milliseconds = parseDuration(value);
  if (milliseconds !== null && milliseconds > 0) return milliseconds;
  throw new InvalidFault(`${kind} takes a duration above zero, such as ${kind}=30s or 200ms, got "${text}".`);
}

export function isPerService(kind: FaultKind): boolean {
  return CALL_KINDS.has(kind);
}

function isRate(kind: FaultKind): kind is RateKind {
  return RATE_KINDS.some((each) => each === kind);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `200ms`, `1.5s` or `2m` in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  return number === undefined ? null : Number(number) * (UNIT_MS[unit] ?? Number.NaN);
}

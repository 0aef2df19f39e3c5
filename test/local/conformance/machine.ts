/** Runs a definition to its end, in process and on a manual clock, for the tests of the language. */
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { createAccess } from "../../../local/cloud/access";
import type { Service } from "../../../local/cloud/service";
import { createDefinitionReader } from "../../../local/cloud/states/definition/definition";
import type { HistoryEvent } from "../../../local/cloud/states/executions/history";
import { createStates } from "../../../local/cloud/states/states";
import type { Outcome } from "../../../worker/outcome";
import { createManualClock } from "../states/manual-clock";

export const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f";
const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";

export interface Run {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "REFUSED";
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /** From start to end, on the manual clock. */
  readonly seconds?: number;
  /** Of the execution itself, without children. */
  readonly events: readonly HistoryEvent[];
}

export interface Environment {
  /** What the function answers, for each call in turn; beyond the last, the payload. */
  readonly answers?: readonly (Outcome | "never")[];
  readonly service?: (signingName: string) => Service | undefined;
  readonly random?: () => number;
}

export const fails = (error: string, cause = ""): Outcome => ({ kind: "failure", error, cause });
export const gives = (output: unknown): Outcome => ({ kind: "success", output: JSON.stringify(output) });

/** A definition of one state, `S`. */
export function only(state: object, top: object = {}): object {
  return { ...top, StartAt: "S", States: { S: state } };
}

export async function run(
  definition: object,
  input: unknown = {},
  environment: Environment = {},
): Promise<Run> {
  const { answers = [], service, random = () => 0.5 } = environment;
  const clock = createManualClock();
  let calls = 0;
  const states = createStates({
    access: createAccess(),
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    random,
    readDefinition: createDefinitionReader(() => []),
    services: service ?? (() => undefined),
    metrics: { record: () => undefined },
    invoker: {
      invoke(_functionArn, payload) {
        const answer = answers[calls++] ?? { kind: "success", output: payload };
        return answer === "never" ? new Promise(() => undefined) : Promise.resolve(answer);
      },
    },
  });
  try {
    const role = "arn:aws:iam::123456789012:role/workflow";
    const text = JSON.stringify(definition);
    states.createStateMachine({ arn: MACHINE, name: "m", definition: text, roleArn: role, type: "STANDARD" });
  } catch (error) {
    return { status: "REFUSED", cause: (error as Error).message, events: [] };
  }
  const events: HistoryEvent[] = [];
  let own: string | null = null;
  states.onEvent((executionArn, event) => {
    own ??= executionArn;
    if (executionArn === own) events.push(event);
  });
  await start(states.service, input);
  for (let turns = 0; turns < 5000 && !ended(events); turns++) {
    await clock.advance(turns < 3 ? 0 : 3_600_000);
    // S3 keeps its objects in files: what waits for a disk gets real time.
    await (turns < 100 ? turn() : delay(1));
  }
  await states.close();
  return resultOf(events);
}

async function start(service: Service, input: unknown): Promise<void> {
  const body = JSON.stringify({ stateMachineArn: MACHINE, input: JSON.stringify(input) });
  await service.handle({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "x-amz-target": "AWSStepFunctions.StartExecution" },
    body: Buffer.from(body),
    caller: { arn: "arn:aws:iam::123456789012:user/laptop" },
    signal: new AbortController().signal,
  });
}

function ended(events: readonly HistoryEvent[]): boolean {
  return /^Execution(Succeeded|Failed|TimedOut)$/.test(events.at(-1)?.type ?? "");
}

function resultOf(events: readonly HistoryEvent[]): Run {
  const last = events.at(-1);
  if (last === undefined || !ended(events))
    throw new Error(`The execution did not end: ${types(events).join()}`);
  const { output, error, cause } = (last.details ?? {}) as {
    output?: string;
    error?: string;
    cause?: string;
  };
  const status = { Succeeded: "SUCCEEDED", Failed: "FAILED", TimedOut: "TIMED_OUT" } as const;
  return {
    status: status[last.type.slice("Execution".length) as keyof typeof status],
    ...(output === undefined ? {} : { output: JSON.parse(output) as unknown }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    seconds: (last.timeMs - (events[0]?.timeMs ?? 0)) / 1000,
    events,
  };
}

export function types(events: readonly HistoryEvent[]): string[] {
  return events.map(({ type }) => type);
}

/** A row of a table: the clause, what it says, and a definition that breaks it. */
export type Refusal = readonly [clause: string, says: string, definition: object];

/** A row of a table: the clause, what it says, a definition, its input, and what must come of it. */
export type Case = readonly [
  clause: string,
  says: string,
  definition: object,
  input: unknown,
  expected: Partial<Run>,
  environment?: Environment,
];

/** One test for each row. */
export function refuses(rows: readonly Refusal[]): void {
  for (const [clause, says, definition] of rows) {
    test(`${clause}: ${says}`, async () => {
      const { status, cause } = await run(definition);
      expect(status).toBe("REFUSED");
      expect(cause).toMatch(/^Invalid State Machine Definition: '/);
    });
  }
}

/** One test for each row. */
export function holds(rows: readonly Case[]): void {
  for (const [clause, says, definition, input, expected, environment] of rows) {
    test(`${clause}: ${says}`, async () => {
      const { events, ...found } = await run(definition, input, environment);
      expect({ ...found, events: types(events) }).toMatchObject(expected);
    });
  }
}

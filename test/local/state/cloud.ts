/** A Step Functions on a state directory that a test closes, kills and opens again: in process and on a manual clock. */
import { setImmediate as turn } from "node:timers/promises";
import { createAccess } from "../../../local/cloud/access";
import type { Service } from "../../../local/cloud/service";
import { createCommits, type CommitsOptions } from "../../../local/cloud/state-store/commits";
import { openDatabase } from "../../../local/cloud/state-store/database";
import { createDocuments } from "../../../local/cloud/state-store/documents";
import { createStatesStore } from "../../../local/cloud/state-store/states-store";
import type { MetricPoint } from "../../../local/cloud/states/activities/activity-metrics";
import { createDefinitionReader } from "../../../local/cloud/states/definition/definition";
import { createStates, type States } from "../../../local/cloud/states/states";
import type { Outcome } from "../../../worker/outcome";
import { createManualClock, type ManualClock } from "../states/manual-clock";

const STATES = "arn:aws:states:eu-west-1:123456789012";
export const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f";
export const ACTIVITY = `${STATES}:activity:a`;
export const ROLE = "arn:aws:iam::123456789012:role/workflow";

export function machineArn(name: string): string {
  return `${STATES}:stateMachine:${name}`;
}

export interface Answer {
  readonly status: number;
  readonly output: { readonly [field: string]: unknown };
}

export interface Cloud {
  readonly states: States;
  readonly clock: ManualClock;
  readonly points: readonly MetricPoint[];
  /** Any operation of the API. */
  call(operation: string, input: object): Promise<Answer>;
  /** Lets whatever is under way go on. */
  settle(): Promise<void>;
  /** As Ctrl-C does. */
  close(): Promise<void>;
  /** As SIGKILL does: what is not committed is lost. */
  kill(): void;
}

export interface CloudOptions {
  readonly directory: string;
  readonly nowMs?: number;
  /** @default the payload */
  readonly answer?: (payload: string, requestId: string | undefined) => Promise<Outcome> | Outcome;
  /** When to commit. @default at the end of the turn */
  readonly schedule?: CommitsOptions["schedule"];
}

const FIRST_MS = Date.UTC(2026, 10, 20);

export function openCloud({ directory, nowMs = FIRST_MS, answer, schedule }: CloudOptions): Cloud {
  const database = openDatabase({ directory, stack: "test" });
  const commits = createCommits(database, {
    schedule,
    onFailure(error) {
      throw error;
    },
  });
  const clock = createManualClock(nowMs);
  const points: MetricPoint[] = [];
  const states = createStates({
    access: createAccess(),
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    random: () => 0.5,
    readDefinition: createDefinitionReader(() => []),
    metrics: { record: (point) => points.push(point) },
    services: () => undefined,
    invoker: {
      invoke: async (_arn, payload, _caller, _signal, requestId) =>
        answer?.(payload, requestId) ?? { kind: "success", output: payload },
    },
    store: createStatesStore(database, commits, createDocuments(database, commits)),
  });
  return {
    states,
    clock,
    points,
    call: (operation, input) => ask(states.service, operation, input),
    async settle() {
      for (let turns = 0; turns < 5; turns++) {
        await clock.advance(0);
        await turn();
      }
    },
    async close() {
      await states.close();
      database.close();
    },
    kill() {
      database.close();
    },
  };
}

export function declare(cloud: Cloud, name: string, definition: object): void {
  cloud.states.createStateMachine({
    arn: machineArn(name),
    name,
    definition: JSON.stringify(definition),
    roleArn: ROLE,
    type: "STANDARD",
  });
}

export async function ask(
  service: Service,
  operation: string,
  input: object,
  signal = new AbortController().signal,
): Promise<Answer> {
  const { status, body } = await service.handle({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "x-amz-target": `AWSStepFunctions.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
    caller: { arn: "arn:aws:iam::123456789012:user/laptop", sessionName: "session" },
    signal,
  });
  return { status, output: JSON.parse(String(body)) as Answer["output"] };
}

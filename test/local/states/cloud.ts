/** A local Step Functions behind real HTTP, with the real SDK client in front, for tests. */
import { setTimeout as delay } from "node:timers/promises";
import { SFNClient, type HistoryEvent } from "@aws-sdk/client-sfn";
import { createAccess, type Access } from "../../../local/cloud/access";
import { startServer } from "../../../local/cloud/server";
import type { MetricPoint } from "../../../local/cloud/states/activities/activity-metrics";
import { createStates, type States } from "../../../local/cloud/states/states";
import type { Outcome } from "../../../worker/outcome";
import { createManualClock, type ManualClock } from "./manual-clock";

export const ROLE = "arn:aws:iam::123456789012:role/workflow";
export const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:detect";
export const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:detect";
export const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:catalogue";

export interface Call {
  readonly functionArn: string;
  readonly payload: string;
  readonly caller: string;
  readonly signal: AbortSignal;
  readonly requestId: string | undefined;
}

export interface TestCloud {
  readonly access: Access;
  readonly client: SFNClient;
  readonly clock: ManualClock;
  readonly endpoint: string;
  readonly states: States;
  readonly calls: Call[];
  readonly points: MetricPoint[];
  /** A further client with sockets of its own. */
  newClient(): SFNClient;
  close(): Promise<void>;
}

/** `answer` plays Lambda. */
export async function startTestCloud(
  answer: (call: Call) => Promise<Outcome> | Outcome = ({ payload }) => ({
    kind: "success",
    output: payload,
  }),
): Promise<TestCloud> {
  const access = createAccess();
  const clock = createManualClock();
  const calls: Call[] = [];
  const points: MetricPoint[] = [];
  const states = createStates({
    access,
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    random: () => 0.5,
    metrics: { record: (point) => points.push(point) },
    invoker: {
      async invoke(functionArn, payload, caller, signal, requestId) {
        const call = { functionArn, payload, caller: caller.arn, signal, requestId };
        calls.push(call);
        return answer(call);
      },
    },
  });
  const server = await startServer(access, [states.service]);
  const clients: SFNClient[] = [];
  const newClient = (): SFNClient => {
    const credentials = access.issue("arn:aws:iam::123456789012:user/laptop");
    const requestHandler = { httpAgent: { maxSockets: 200, keepAlive: true } };
    const client = new SFNClient({
      endpoint: server.endpoint,
      region: "eu-west-1",
      credentials,
      requestHandler,
    });
    clients.push(client);
    return client;
  };
  return {
    access,
    client: newClient(),
    clock,
    endpoint: server.endpoint,
    states,
    calls,
    points,
    newClient,
    async close() {
      await states.close();
      for (const client of clients) client.destroy();
      await server.close();
    },
  };
}

/** Declares ACTIVITY and a state machine, as the resource graph would. */
export function declare(cloud: TestCloud, definition: object): void {
  cloud.states.createActivity({ arn: ACTIVITY, name: "detect" });
  cloud.states.createStateMachine({
    arn: MACHINE,
    name: "catalogue",
    definition: JSON.stringify(definition),
    roleArn: ROLE,
    type: "STANDARD",
  });
}

/** Each event as `id<-previousEventId Type`, for a look at a whole history. */
export function outline(events: readonly HistoryEvent[] | undefined): string[] {
  return (events ?? []).map(
    (event) => `${String(event.id)}<-${String(event.previousEventId)} ${String(event.type)}`,
  );
}

/** Polls `condition`: for what other processes and sockets do in their own time. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const found = await condition();
    if (found !== null && found !== undefined && found !== false) return found;
    await delay(10);
  }
  throw new Error(`Waited for ${what} in vain.`);
}

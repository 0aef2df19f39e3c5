import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createProtection, type Protection } from "../../worker/protection";
import { createFakeClock, type FakeClock } from "./fake-clock";

/** An ECS agent that answers when it is told to. */
interface Agent {
  readonly uri: string;
  readonly calls: unknown[];
  /** Answers the call that waits, or the next one. */
  answer(status?: number, body?: object): Promise<void>;
  close(): void;
}

const GRANTED = { protection: { ProtectionEnabled: true } };

async function startAgent(): Promise<Agent> {
  const calls: unknown[] = [];
  const waiting: ServerResponse[] = [];
  let arrived = (): void => undefined;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      calls.push(`${request.method ?? ""} ${request.url ?? ""} ${text}`);
      waiting.push(response);
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    uri: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api/task`,
    calls,
    async answer(status = 200, body = GRANTED) {
      if (waiting.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
      waiting.shift()?.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const ON = 'PUT /api/task/task-protection/v1/state {"ProtectionEnabled":true,"ExpiresInMinutes":3}';
const OFF = 'PUT /api/task/task-protection/v1/state {"ProtectionEnabled":false}';

let agent: Agent;
let clock: FakeClock;
let events: string[];
let logged: () => void;
let protection: Protection;
beforeEach(async () => {
  agent = await startAgent();
  clock = createFakeClock();
  events = [];
  logged = () => undefined;
  const log = (event: string): void => {
    events.push(event);
    logged();
  };
  protection = createProtection({ agentUri: agent.uri, taskSeconds: 90, clock, log });
});
afterEach(() => {
  agent.close();
});

async function until(count: number): Promise<void> {
  while (events.length < count) await new Promise<void>((resolve) => (logged = resolve));
}

test("the first task protects the worker for longer than it may take, the end of the last one ends it", async () => {
  protection.begin();
  await agent.answer();
  await until(1);
  protection.begin();
  protection.end();
  protection.end();
  await agent.answer();
  await until(2);
  expect(agent.calls).toEqual([ON, OFF]);
  expect(events).toEqual(["ProtectionChanged", "ProtectionChanged"]);
});

test("tasks that follow each other faster than the agent answers cost no calls", async () => {
  protection.begin();
  for (let task = 0; task < 100; task += 1) {
    protection.end();
    protection.begin();
  }
  await agent.answer();
  await until(1);
  protection.end();
  await agent.answer();
  await until(2);
  expect(agent.calls).toEqual([ON, OFF]);
});

test("protection is renewed at half its life while the worker is busy, and not after", async () => {
  protection.begin();
  await agent.answer();
  await until(1);
  await clock.advance(90_000);
  await agent.answer();
  await until(2);
  protection.end();
  await agent.answer();
  await until(3);
  await clock.advance(600_000);
  expect(agent.calls).toEqual([ON, ON, OFF]);
});

test.each([
  [400, { error: { Code: "InvalidParameterException" } }],
  [200, { failure: { Reason: "DEPLOYMENT_BLOCKED" } }],
])("an agent that refuses (%d, %j) is logged and harms nobody", async (status, body) => {
  protection.begin();
  await agent.answer(status, body);
  await until(1);
  expect(events).toEqual(["ProtectionFailed"]);
});

test("outside ECS there is nobody to ask", () => {
  const none = createProtection({
    agentUri: undefined,
    taskSeconds: 1,
    clock,
    log: (event) => events.push(event),
  });
  none.begin();
  none.end();
  expect(events).toEqual([]);
});

/** A Step Functions endpoint that knows activities alone, on the wire as AWS speaks it, with switches for its faults. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a worker said of a task. */
export interface Report {
  readonly token: string;
  readonly kind: "success" | "failure";
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface FakeStepFunctions {
  readonly endpoint: string;
  readonly reports: readonly Report[];
  /** Tokens of the heartbeats that have come, in order. */
  readonly heartbeats: readonly string[];
  readonly polls: { readonly open: number; readonly opened: number; readonly aborted: number };
  /** Gives `input` to the next poll and returns the token. */
  give(input: unknown): string;
  /** The task ended without its worker: every call on its token answers TaskTimedOut from now on. */
  expire(token: string): void;
  /** Answers this many calls of an operation, such as `SendTaskSuccess`, with this status. */
  failNext(operation: string, times: number, status: number): void;
  /** Answers every open poll with a null token. */
  answerPolls(): void;
  /** Resolves when `condition` holds; it is looked at again after each request. */
  until(condition: () => boolean): Promise<void>;
  report(token: string): Promise<Report>;
  close(): Promise<void>;
}

export async function startStepFunctions(): Promise<FakeStepFunctions> {
  const reports: Report[] = [];
  const heartbeats: string[] = [];
  const expired = new Set<string>();
  const faults = new Map<string, { times: number; status: number }>();
  const tasks: { token: string; input: string }[] = [];
  const waiting: ServerResponse[] = [];
  const polls = { open: 0, opened: 0, aborted: 0 };
  const watchers = new Set<() => void>();
  let tokens = 0;

  const changed = (): void => {
    for (const watch of watchers) watch();
  };
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (!condition()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
    });
  const match = (): void => {
    while (waiting.length > 0 && tasks.length > 0) {
      const task = tasks.shift();
      const poll = waiting.shift();
      if (task === undefined || poll === undefined) return;
      polls.open -= 1;
      answer(poll, 200, { taskToken: task.token, input: task.input });
    }
  };
  const poll = (response: ServerResponse): void => {
    polls.opened += 1;
    polls.open += 1;
    waiting.push(response);
    response.on("close", () => {
      const index = waiting.indexOf(response);
      if (index === -1) return;
      waiting.splice(index, 1);
      polls.open -= 1;
      polls.aborted += 1;
      changed();
    });
    match();
  };
  const hear = (operation: string, body: Body): void => {
    if (operation === "SendTaskHeartbeat") heartbeats.push(body.taskToken);
    const { taskToken: token, output, error, cause } = body;
    if (operation === "SendTaskSuccess") reports.push({ token, kind: "success", output });
    if (operation === "SendTaskFailure") reports.push({ token, kind: "failure", error, cause });
  };

  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const operation = String(request.headers["x-amz-target"]).replace("AWSStepFunctions.", "");
      const fault = faults.get(operation);
      if (fault !== undefined && fault.times > 0) {
        fault.times -= 1;
        answer(response, fault.status, {
          __type: fault.status === 400 ? "ThrottlingException" : "ServiceFault",
          message: "on purpose",
        });
      } else if (operation === "GetActivityTask") poll(response);
      else if (expired.has(body.taskToken)) {
        answer(response, 400, {
          __type: "TaskTimedOut",
          message: "Task Timed Out: 'Provided task does not exist anymore'",
        });
      } else {
        hear(operation, body);
        answer(response, 200, {});
      }
      changed();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    reports,
    heartbeats,
    polls,
    give(input) {
      tokens += 1;
      const token = `token-${String(tokens)}`;
      tasks.push({ token, input: JSON.stringify(input) });
      match();
      return token;
    },
    expire: (token) => expired.add(token),
    failNext: (operation, times, status) => faults.set(operation, { times, status }),
    answerPolls() {
      polls.open -= waiting.length;
      for (const response of waiting.splice(0)) answer(response, 200, {});
    },
    until,
    async report(token) {
      const find = (): Report | undefined => reports.find((report) => report.token === token);
      await until(() => find() !== undefined);
      return find() as Report;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Body {
  readonly taskToken: string;
  readonly output: string;
  readonly error: string;
  readonly cause: string;
}

async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(body));
}

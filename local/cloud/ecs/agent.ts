/**
 * The endpoint of the ECS agent that a worker finds by ECS_AGENT_URI: task protection. On loopback, a path for each
 * worker, no signature: as in a container.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { ServiceError } from "../service";

/** A worker's protection, as the agent sees it. Null: there is no such worker. */
export interface ProtectedWorkers {
  read(workerId: string): ProtectionState | null;
  /** Null ends the protection. */
  write(workerId: string, minutes: number | null): ProtectionState | null;
}

export interface ProtectionState {
  readonly taskArn: string;
  /** Null: not protected. */
  readonly untilMs: number | null;
}

export interface Agent {
  /** What ECS_AGENT_URI is set to. */
  uriOf(workerId: string): string;
  close(): Promise<void>;
}

/** ECS's own default and bounds. */
const stateSchema = z.object({
  ProtectionEnabled: z.boolean(),
  ExpiresInMinutes: z.int().min(1).max(2_880).default(120),
});
const STATE_PATH = /^\/api\/([0-9a-f]+)\/task-protection\/v1\/state$/;

interface Answer {
  readonly status: number;
  readonly body: object;
}

export async function startAgent(workers: ProtectedWorkers): Promise<Agent> {
  const server = createServer((request, response) => {
    void answer(workers, request)
      .catch((error: unknown) => {
        if (error instanceof ServiceError) return refusal(error.status, error.code, error.message);
        throw error;
      })
      .then(({ status, body }) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    uriOf: (workerId) => `http://127.0.0.1:${String(port)}/api/${workerId}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(workers: ProtectedWorkers, request: IncomingMessage): Promise<Answer> {
  const workerId = STATE_PATH.exec(request.url ?? "")?.[1];
  if (workerId === undefined)
    return refusal(404, "InvalidParameterException", `There is no ${request.url ?? ""}.`);
  if (request.method !== "PUT" && request.method !== "GET")
    return refusal(405, "InvalidParameterException", "GET or PUT.");
  let state: ProtectionState | null;
  if (request.method === "GET") {
    state = workers.read(workerId);
  } else {
    const wanted = stateSchema.safeParse(safeJson(await textOf(request)));
    if (!wanted.success)
      return refusal(
        400,
        "InvalidParameterException",
        wanted.error.issues.map(({ message }) => message).join("; "),
      );
    state = workers.write(workerId, wanted.data.ProtectionEnabled ? wanted.data.ExpiresInMinutes : null);
  }
  if (state === null) return refusal(404, "ResourceNotFoundException", `There is no task ${workerId}.`);
  const { taskArn, untilMs } = state;
  const expiry = untilMs === null ? {} : { ExpirationDate: new Date(untilMs).toISOString() };
  return {
    status: 200,
    body: { protection: { ...expiry, ProtectionEnabled: untilMs !== null, TaskArn: taskArn } },
  };
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { Code: code, Message: message } } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

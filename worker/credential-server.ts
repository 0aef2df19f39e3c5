/**
 * Hands function processes their credentials by the container credentials protocol that every AWS SDK speaks: over
 * loopback, to whoever has the token of that process.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import { randomBytes } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Provision } from "./function-process";
import type { RoleSession } from "./function-role";
import type { Log } from "./log";

const PATH = "/credentials";

export interface CredentialServer {
  /** The variables that lead one process to this session; released, its token opens nothing any more. */
  admit(session: RoleSession): Provision;
  close(): void;
}

/** Listens on a free port of 127.0.0.1. */
export async function openCredentialServer(log: Log): Promise<CredentialServer> {
  const sessions = new Map<string, RoleSession>();
  const server = createServer((request, response) => {
    const session = sessions.get(request.headers.authorization ?? "");
    if (request.method !== "GET" || request.url !== PATH)
      refuse(response, 404, "NotFound", `Ask GET ${PATH}.`);
    else if (session === undefined)
      refuse(response, 401, "Unauthorized", "The token is not that of a function process.");
    else void answer(session, response, log);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const uri = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${PATH}`;
  return {
    admit(session) {
      const token = randomBytes(32).toString("base64url");
      sessions.set(token, session);
      return {
        environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: token },
        release: () => sessions.delete(token),
      };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(session: RoleSession, response: ServerResponse, log: Log): Promise<void> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiresMs } = await session.credentials();
    reply(response, 200, {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: new Date(expiresMs).toISOString(),
    });
  } catch (error) {
    log("CredentialsFailed", { reason: (error as Error).message });
    refuse(response, 500, "ServiceUnavailable", "The function's role can't be assumed now.");
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  reply(response, status, { code, message });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

/**
 * Connections that end when they are silent for too long. The SDK's own time-outs start up to three timers for each call
 * (https://github.com/smithy-lang/smithy-typescript/blob/main/packages/node-http-handler/src/node-http-handler.ts); one
 * of the connection is set once.
 */
import * as http from "node:http";
import * as https from "node:https";
import { Socket } from "node:net";

const CONNECT_MS = 5_000;

export interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** What waits on a connection that is silent for `silenceMs` fails with the SDK's TimeoutError. */
export function connectionsOf(maxSockets: number, silenceMs: number): Agents {
  const options = { keepAlive: true, maxSockets, timeout: silenceMs };
  return {
    httpAgent: watched(new http.Agent(options), silenceMs),
    httpsAgent: watched(new https.Agent(options), silenceMs),
  };
}

function watched<Agent extends http.Agent>(agent: Agent, silenceMs: number): Agent {
  const open = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const connection = open(options, callback);
    if (connection instanceof Socket) endWhenSilent(connection, silenceMs);
    return connection;
  };
  return agent;
}

function endWhenSilent(connection: Socket, silenceMs: number): void {
  connection.setTimeout(Math.min(CONNECT_MS, silenceMs));
  connection.once("connect", () => connection.setTimeout(silenceMs));
  connection.on("timeout", () => {
    // The SDK knows a time-out by this code.
    connection.destroy(
      Object.assign(new Error("The connection to AWS was silent for too long."), { code: "ETIMEDOUT" }),
    );
  });
}

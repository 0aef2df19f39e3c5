/** Connections to a server that stops talking. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SendTaskHeartbeatCommand, SFNClient } from "@aws-sdk/client-sfn";
import { connectionsOf } from "../../worker/connections";

const SILENCE_MS = 200;

test("a call on a connection that falls silent fails as a time-out, and the next has a connection of its own", async () => {
  const ports: (number | undefined)[] = [];
  const server = createServer((request, response) => {
    ports.push(request.socket.remotePort);
    // The second is never answered.
    request.resume().on("end", () => (ports.length === 2 ? undefined : response.writeHead(200).end("{}")));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new SFNClient({
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestHandler: connectionsOf(1, SILENCE_MS),
  });
  const call = () => client.send(new SendTaskHeartbeatCommand({ taskToken: "token" }));
  try {
    await call();
    await expect(call()).rejects.toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
    await call();
    const [first, second, third] = ports;
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
});

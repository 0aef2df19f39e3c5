/** Connections of real processes, and whose they are found to be. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createOwnerCheck, type Connection, type OwnerCheck } from "../../worker/connection-owner";

let server: Server;
let check: OwnerCheck;
let leaders: ChildProcess[] = [];
const arrived: Socket[] = [];
let onArrival = (): void => undefined;
beforeEach(async () => {
  check = createOwnerCheck();
  server = createServer((socket) => {
    arrived.push(socket.on("error", () => undefined));
    onArrival();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const { pid } of leaders) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  leaders = [];
  for (const socket of arrived.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** As the worker starts a function. Each `wrapping` runs `"$@"`, a program that opens a connection and keeps it. */
function startLeader(wrapping: string, host = "127.0.0.1"): number {
  const { port } = server.address() as AddressInfo;
  const program = `require("net").connect(${String(port)}, ${JSON.stringify(host)}).on("close", () => process.exit())`;
  const child = spawn("sh", ["-c", wrapping, "sh", process.execPath, "-e", program], {
    detached: true,
    stdio: "ignore",
  });
  leaders.push(child);
  return child.pid ?? 0;
}

async function nextConnection(): Promise<Connection> {
  while (arrived.length === 0) await new Promise<void>((resolve) => (onArrival = resolve));
  const { remoteAddress = "", remotePort = 0, localPort = 0 } = arrived.at(-1) ?? {};
  return { remoteAddress, remotePort, localPort };
}

const onLinux = existsSync("/proc/net/tcp") ? test : test.skip;

onLinux.each([
  ["the process itself", 'exec "$@"', "127.0.0.1"],
  ["its child", '"$@"; exit $?', "127.0.0.1"],
  ["its grandchild in a session of its own", '(setsid --wait "$@"); exit $?', "127.0.0.1"],
  ["an orphan in its session", '(sh -c \'"$@" &\' sh "$@"); sleep 600', "127.0.0.1"],
  ["a client with an IPv6 socket", 'exec "$@"', "::ffff:127.0.0.1"],
])("own: %s (needs /proc)", async (_whose, wrapping, host) => {
  const leader = startLeader(wrapping, host);
  expect(await check(await nextConnection(), leader)).toBe("own");
});

onLinux("strange: another slot's process (needs /proc)", async () => {
  const neighbour = startLeader("sleep 600");
  startLeader('exec "$@"');
  expect(await check(await nextConnection(), neighbour)).toBe("strange");
});

onLinux("strange, to its own slot too: an orphan in a session of its own (needs /proc)", async () => {
  const leader = startLeader(`sh -c 'setsid "$@" & exit 0' sh "$@"; sleep 600`);
  expect(await check(await nextConnection(), leader)).toBe("strange");
});

onLinux("strange: a socket that its process has left, by closing it (needs /proc)", async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  const connection = await nextConnection();
  const closed = new Promise((resolve) => arrived.at(-1)?.resume().once("end", resolve));
  socket.destroy();
  await closed;
  expect(await check(connection, process.pid)).toBe("strange");
});

onLinux("many at once are each told right (needs /proc)", async () => {
  const { port } = server.address() as AddressInfo;
  const other = startLeader("sleep 600");
  const sockets = Array.from({ length: 20 }, () => connect(port, "127.0.0.1"));
  while (arrived.length < sockets.length) await new Promise<void>((resolve) => (onArrival = resolve));
  const connections = arrived.map(({ remoteAddress = "", remotePort = 0, localPort = 0 }) => ({
    remoteAddress,
    remotePort,
    localPort,
  }));
  const owners = await Promise.all(
    connections.map((connection, index) => check(connection, index % 2 === 0 ? process.pid : other)),
  );
  expect(owners).toEqual(sockets.map((_socket, index) => (index % 2 === 0 ? "own" : "strange")));
  for (const socket of sockets) socket.destroy();
});

/**
 * Whose a connection on loopback is: TCP names no process, but Linux tells which socket is at its other end, and which
 * process holds that. Slots share a user, so that nothing a process knows or says of itself is proof; its ancestors are.
 * https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { endianness } from "node:os";

/** The end of a connection that was opened to us, as Node names it. */
export interface Connection {
  /** IPv4, dotted. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Ours. */
  readonly localPort: number;
}

/**
 * `own`: held by the process `leader`, by what descends from it, or by what is in its session (which nobody can enter
 * from outside). `strange`: by another, or by nobody any more. `unknown`: the system does not tell.
 */
export type Ownership = "own" | "strange" | "unknown";

export type OwnerCheck = (connection: Connection, leader: number) => Promise<Ownership>;

/** One for a worker: calls at the same time share one reading of the kernel's table, which takes it milliseconds. */
export function createOwnerCheck(): OwnerCheck {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(sharedReading);
  return async (connection, leader) => {
    let readable = false;
    for (const read of tables) {
      const table = await read();
      readable ||= table !== null;
      const inode = table === null ? null : inodeOf(connection, table);
      if (inode !== null) return ownerOf(`socket:[${inode}]`, leader);
    }
    return readable ? "strange" : "unknown";
  };
}

/** A reading that had begun before a call may lack what the call is about: such calls share the next one. */
function sharedReading(file: string): () => Promise<string | null> {
  let current: Promise<string | null> | null = null;
  let following: Promise<string | null> | null = null;
  const begin = (): Promise<string | null> => {
    following = null;
    const reading = readFile(file, "latin1")
      .catch(() => null)
      .finally(() => {
        if (current === reading) current = null;
      });
    current = reading;
    return reading;
  };
  return () => {
    if (current === null) return begin();
    following ??= current.then(begin);
    return following;
  };
}

/** Of the socket at the other end; null when the table lacks it. "sl local_address rem_address st … uid timeout inode". */
function inodeOf({ remoteAddress, remotePort, localPort }: Connection, table: string): string | null {
  const address = hexAddress(remoteAddress);
  // A client may hold an IPv6 socket and connect it to an IPv4 address, as Java's do.
  const local = `(?:0{16}FFFF0000|0{16}0000FFFF)?${address}:${hexPort(remotePort)}`;
  const row = new RegExp(`^ *\\d+: ${local} [0-9A-F]+:${hexPort(localPort)} (.*)$`, "m").exec(table);
  const inode = row?.[1]?.trim().split(/\s+/)[6];
  return inode === undefined || inode === "0" ? null : inode;
}

/** The kernel prints the four bytes as one number, in its own byte order. */
function hexAddress(dotted: string): string {
  const bytes = dotted.split(".").map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"));
  return (endianness() === "LE" ? bytes.reverse() : bytes).join("");
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

async function ownerOf(socket: string, leader: number): Promise<Ownership> {
  // Most clients are the very process that was started, or a child such as curl: those are found without a long search.
  const near = [leader, ...descendantsOf(leader)];
  const held = near.map((pid) => holds(pid, socket));
  if (held.includes(true)) return "own";
  const far = (await familyOf(leader)).filter((pid) => !near.includes(pid));
  held.push(...far.map((pid) => holds(pid, socket)));
  if (held.includes(true)) return "own";
  // What hides its files is the family's own, so that this helps nobody from outside of it.
  return held.includes(null) ? "unknown" : "strange";
}

/** Null: it does not show its files, as a program that nobody may read. */
function holds(pid: number, socket: string): boolean | null {
  const directory = `/proc/${String(pid)}/fd`;
  try {
    return readdirSync(directory).some((file) => linkOf(`${directory}/${file}`) === socket);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? null : false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in the meantime.
    return "";
  }
}

/** By the lists of children that most kernels keep; without those it finds none. */
function descendantsOf(pid: number): readonly number[] {
  try {
    const children = readdirSync(`/proc/${String(pid)}/task`).flatMap((thread) =>
      readFileSync(`/proc/${String(pid)}/task/${thread}/children`, "latin1")
        .split(" ")
        .map(Number),
    );
    return children.filter((child) => child > 0).flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}

/** What descends from `leader` or is in its session, itself included. */
async function familyOf(leader: number): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 0);
  const kin = new Map(await Promise.all(pids.map(async (pid) => [pid, await kinOf(pid)] as const)));
  return pids.filter((pid) => {
    if (kin.get(pid)?.session === leader) return true;
    for (let at = pid, steps = 0; at > 0 && steps <= kin.size; steps += 1) {
      if (at === leader) return true;
      at = kin.get(at)?.parent ?? 0;
    }
    return false;
  });
}

async function kinOf(pid: number): Promise<{ readonly parent: number; readonly session: number }> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  // "PID (NAME) STATE PARENT GROUP SESSION …"; the name may hold spaces and brackets.
  const [, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(parent ?? 0), session: Number(session ?? 0) };
}

/** A container with namespaces of its own for processes and mounts, from a root file system that is there. */
import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

const UNSHARE = ["--fork", "--kill-child", "--pid", "--mount"];
/** What a container finds of the machine's devices. */
const DEVICES = ["null", "zero", "random", "urandom"];
/** What runc sets for a user that the image's /etc/passwd does not have; without it the SDK finds no credentials. */
const HOME = "/";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Why there can be none here; undefined when there can. */
export function lacksNamespaces(): string | undefined {
  const tried = spawnSync("unshare", [...UNSHARE, "--mount-proc", "true"], { encoding: "utf8" });
  if (tried.status === 0) return undefined;
  return `no namespaces: ${tried.error?.message ?? tried.stderr.trim()}`;
}

export interface ContainerOptions {
  /** Gets the directories that are mounted on. */
  readonly root: string;
  readonly readOnlyRoot: boolean;
  /** USER:GROUP, as numbers. */
  readonly user: string;
  readonly mounts: readonly { readonly from: string; readonly at: string; readonly readOnly: boolean }[];
  readonly variables: Readonly<Record<string, string>>;
  /** Becomes the first process. */
  readonly command: readonly string[];
}

/** The process given ends as the container's first one does. The network is the machine's. */
export function spawnContainer(options: ContainerOptions): ChildProcessByStdio<null, Readable, Readable> {
  const { root, mounts, variables, command } = options;
  for (const at of ["/proc", "/dev", ...mounts.map((mount) => mount.at)])
    mkdirSync(join(root, at), { recursive: true });
  return spawn("unshare", [...UNSHARE, "sh", "-ec", script(options), "container", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, ...variables },
  });
}

function script({ root, readOnlyRoot, user, mounts }: ContainerOptions): string {
  const [dev, shm] = [join(root, "dev"), join(root, "dev/shm")];
  return [
    `mount --bind ${root} ${root}`,
    ...mounts.flatMap(({ from, at, readOnly }) => [
      `mount --bind ${from} ${join(root, at)}`,
      ...(readOnly ? [`mount -o remount,bind,ro ${join(root, at)}`] : []),
    ]),
    `mount -t proc proc ${join(root, "proc")}`,
    `mount -t tmpfs -o mode=755 tmpfs ${dev}`,
    ...DEVICES.map((name) => `touch ${join(dev, name)} && mount --bind /dev/${name} ${join(dev, name)}`),
    `mkdir ${shm} && mount -t tmpfs -o mode=1777 tmpfs ${shm}`,
    ...["stdin", "stdout", "stderr"].map(
      (name, fd) => `ln -s /proc/self/fd/${String(fd)} ${join(dev, name)}`,
    ),
    ...(readOnlyRoot ? [`mount -o remount,bind,ro ${root}`] : []),
    // Each of these takes the place of the one before it: the last one is the first process.
    `exec chroot --userspec=${user} --groups= ${root} "$@"`,
  ].join("\n");
}

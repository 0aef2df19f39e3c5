/** Programs that make images: started, waited for, and clear when they fail. */
import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

const OUTPUT_BYTES = 64 * 1024 * 1024;

/** What each program comes with, in Debian's words. */
const PACKAGES: Readonly<Record<string, string>> = {
  buildah: "buildah",
  debootstrap: "debootstrap",
  busybox: "busybox-static",
  "musl-gcc": "musl-tools",
};

/** Why images can't be made here; undefined when they can. */
export function lacks(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, to make file systems with owners";
  if (missing().length === 0 || has("apt-get")) return undefined;
  return `no ${missing().join(", ")} here, and no apt-get to install them`;
}

/** Installs what is missing, from the package mirrors that this machine is configured with. */
export async function installPrograms(): Promise<void> {
  const packages = missing().map((program) => PACKAGES[program] ?? program);
  if (packages.length === 0) return;
  await run("apt-get", ["update", "-q"]);
  await run("apt-get", ["install", "-q", "--yes", "--no-install-recommends", ...packages], {
    DEBIAN_FRONTEND: "noninteractive",
  });
}

function missing(): string[] {
  return Object.keys(PACKAGES).filter((program) => !has(program));
}

function has(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
    } catch {
      return false;
    }
    // Another busybox needs the machine's own loader and libc, which an empty image has not.
    return program !== "busybox" || !readFileSync(join(directory, program)).includes("/ld-linux");
  });
}

/** Resolves with standard output; rejects with the end of what the program said. */
export function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...environment }, maxBuffer: OUTPUT_BYTES };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${[program, ...args].join(" ")} failed: ${(stdout + stderr).slice(-4_000)}`));
    });
  });
}

export interface Buildah {
  /** Resolves with standard output. */
  run(...args: readonly string[]): Promise<string>;
  spawn(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable>;
}

/** Keeps all that it makes below `directory`. Chroots, and a storage of plain copies: this works within containers too. */
export function openBuildah(directory: string): Buildah {
  const storage = [
    ...["--root", join(directory, "storage"), "--runroot", join(directory, "run")],
    ...["--storage-driver", "vfs"],
  ];
  const environment = { BUILDAH_ISOLATION: "chroot" };
  return {
    run: (...args) => run("buildah", [...storage, ...args], environment),
    spawn: (...args) =>
      spawn("buildah", [...storage, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...environment },
      }),
  };
}

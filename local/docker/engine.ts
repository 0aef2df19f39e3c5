/** The `docker` program, and the engine behind it: whether there is one, and what it answers. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** No engine answers. Leaving out --docker mends it, or starting one. */
export class NoDocker extends Error {
  override readonly name = "NoDocker";
}

export interface Answer {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Docker {
  /** Resolves whatever the exit code; one that can't be started has none, and says why as standard error. */
  ask(
    args: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly input?: string },
  ): Promise<Answer>;
  /** Goes on until the container ends: its output goes to `logFile`. */
  run(
    args: readonly string[],
    options: { readonly logFile: string; readonly environment: Readonly<Record<string, string>> },
  ): ChildProcess;
  /** What the program itself needs of our environment: where it finds its engine and its settings. */
  readonly environment: Readonly<Record<string, string>>;
}

const WITHOUT = "or leave --docker out: workers and functions then run as processes of this machine";
const ANSWER_MS = 15_000;
/** https://docs.docker.com/reference/cli/docker/#environment-variables */
const OWN_VARIABLES =
  /^(PATH|HOME|DOCKER_\w+|BUILDKIT_\w+|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|HTTPS?_PROXY|NO_PROXY)$/i;

/** Variables of a container that the program would take for its own. */
export function isDockersOwn(name: string): boolean {
  return OWN_VARIABLES.test(name);
}

export function createDocker(variables: NodeJS.ProcessEnv): Docker {
  const environment = Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value !== undefined && isDockersOwn(name) ? [[name, value]] : [],
    ),
  );
  return {
    environment,
    ask(args, { signal, input } = {}) {
      return new Promise((resolve) => {
        const child = spawn("docker", args, { env: environment, stdio: "pipe", ...(signal && { signal }) });
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (chunk) => (stdout += String(chunk)));
        child.stderr.on("data", (chunk) => (stderr += String(chunk)));
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
        child.once("error", (error) => {
          resolve({ exitCode: null, stdout, stderr: error.message });
        });
        child.once("close", (exitCode) => {
          resolve({ exitCode, stdout, stderr });
        });
      });
    },
    run(args, options) {
      const log = openSync(options.logFile, "a");
      // A session of its own: Ctrl-C in the terminal reaches the command line alone, which then drains.
      const child = spawn("docker", args, {
        env: { ...options.environment, ...environment },
        stdio: ["ignore", log, log],
        detached: true,
      });
      closeSync(log);
      return child;
    },
  };
}

/** Rejects with NoDocker when no engine answers. */
export async function checkEngine(docker: Docker): Promise<void> {
  const answer = await docker.ask(["version", "--format", "{{.Server.Version}}"], {
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (answer.exitCode === 0) return;
  const { stderr } = answer;
  if (answer.exitCode === null && stderr.includes("ENOENT"))
    throw new NoDocker(`--docker needs Docker, and there is no docker in the PATH; install it, ${WITHOUT}.`);
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new NoDocker(
    `--docker needs a running engine, and none answered docker version: ${said} Start it, ${WITHOUT}.`,
  );
}

/** Whether containers can have GPUs. https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/ */
export async function hasGpus(docker: Docker): Promise<boolean> {
  const { exitCode, stdout } = await docker.ask(["info", "--format", "{{json .Runtimes}}"]);
  return exitCode === 0 && stdout.includes('"nvidia"');
}

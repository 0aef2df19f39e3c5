/** Starts the program under Pulumi's real Node language runtime, as a process of its own, and waits for its end. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StackProject } from "./project";

export interface ProgramOptions extends StackProject {
  readonly stack: string;
  readonly preview: boolean;
  /** `HOST:PORT` of the monitor and engine. */
  readonly engineAddress: string;
  /** One call per line that the program writes. */
  readonly onOutput: (line: string) => void;
  /** Aborting ends the process. */
  readonly signal?: AbortSignal;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of standard error. */
  readonly errorOutput: string;
}

/** Ends the program when the engine's end of its standard input closes. */
const END_WITH_ENGINE = join(__dirname, "end-with-engine.cjs");
/** Resource operations at a time: more than a laptop's engine can use. */
const PARALLEL = 16;
const ERROR_LINES_KEPT = 40;

/** Resolves when the process is gone, whatever its exit code; rejects when it can't be started. */
export async function runProcess(options: ProgramOptions): Promise<ProgramExit> {
  const { project } = options;
  const child = spawn(process.execPath, processArguments(options), {
    cwd: project.directory,
    env: environment(options),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stop = (): void => {
    child.kill("SIGKILL");
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  if (options.signal?.aborted === true) stop();
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", options.onOutput);
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES_KEPT) errors.shift();
    options.onOutput(line);
  });
  try {
    return await new Promise<ProgramExit>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve({ code, signal, errorOutput: errors.join("\n") });
      });
    });
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

function processArguments({ project, stack, preview, engineAddress }: ProgramOptions): string[] {
  // The project's own SDK, as the CLI finds it: the program must share its state with the runtime.
  const runtime = createRequire(join(project.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  return [
    "--require",
    END_WITH_ENGINE,
    ...project.nodeArguments,
    runtime,
    `--monitor=${engineAddress}`,
    `--engine=${engineAddress}`,
    `--project=${project.name}`,
    `--stack=${stack}`,
    "--organization=organization",
    `--root-directory=${project.directory}`,
    `--pwd=${project.directory}`,
    `--parallel=${String(PARALLEL)}`,
    ...(preview ? ["--dry-run"] : []),
    project.main,
  ];
}

function environment({ project, settings }: ProgramOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(settings.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(settings.secretKeys),
    PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
    // With Pulumi's ts-node, which would check types on every run.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // Compiling @pulumi/aws is the larger part of a run's time; .loveless is never committed.
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE ?? join(project.directory, ".loveless", "compile-cache"),
  };
}

/** How the function of an image is started on this machine: without Docker, by our own Runtime API client. */
import { dirname, join } from "node:path";
import type { LocalImage } from "./images";

/** What AWS's base images start, and what the worker starts by default (D2). */
const LAMBDA_ENTRY_POINT = "/lambda-entrypoint.sh";
const RUNTIME_CLIENT = join(__dirname, "../runtime-client/main.mjs");

/** As in Lambda's ImageConfig; what is absent is the image's own. */
export interface ImageConfig {
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
}

export interface Program {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  /** The code's directory: LAMBDA_TASK_ROOT, and the working directory, since /var/task is not on this machine. */
  readonly taskRoot: string;
  /** What the image itself puts into the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export function programOf(image: LocalImage, config: ImageConfig = {}): Program {
  const entryPoint = nonEmpty(config.entryPoint) ?? image.entryPoint ?? [LAMBDA_ENTRY_POINT];
  return {
    entryPoint: localEntryPoint(entryPoint),
    command: nonEmpty(config.command) ?? image.command,
    taskRoot: image.context,
    environment: { ...image.environment, LAMBDA_TASK_ROOT: image.context },
  };
}

/** AWS's entry point becomes our Runtime API client; any other one is run as it stands. */
export function localEntryPoint(entryPoint: readonly string[]): readonly string[] {
  const [first, ...rest] = entryPoint;
  return first === LAMBDA_ENTRY_POINT ? [process.execPath, RUNTIME_CLIENT, ...rest] : entryPoint;
}

/**
 * What every program of the local cloud finds in its environment, and nothing of the shell that started us: no NODE_OPTIONS,
 * no real AWS profile. Home and temporary directory are the container's own.
 */
export function baseEnvironment(home: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    HOME: home,
    TMPDIR: home,
    LANG: "C.UTF-8",
  };
}

function nonEmpty(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined || words.length === 0 ? undefined : words;
}

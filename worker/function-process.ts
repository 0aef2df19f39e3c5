/** The child process that runs the function, behind a runtime API of its own. */
import type { Outcome } from "./outcome";

/** One call of the function. */
export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly input: string;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

export interface FunctionProcess {
  /**
   * Runs one invocation and gives its one outcome; never rejects for what the function does. Starts the process when
   * there is none, and replaces it after a deadline, a crash or an abort. One invocation at a time.
   */
  invoke(invocation: Invocation, signal: AbortSignal): Promise<Outcome>;
  /** Kills the process and its whole group. */
  close(): Promise<void>;
}

export interface FunctionProcessOptions {
  /** What is spawned, as in Lambda's ImageConfig: `["/lambda-entrypoint.sh", "index.handler"]`. */
  readonly command: readonly string[];
  readonly handler: string;
  readonly workingDirectory?: string | undefined;
  /** The whole environment of the child, before the variables of the Lambda runtime are added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly functionName: string;
  readonly memoryMib: number;
  /** One line of the function's own standard output or error. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr", requestId: string | null) => void;
}

/** Opens a runtime API on a free loopback port; the process itself starts with the first invocation. */
export function createFunctionProcess(_options: FunctionProcessOptions): Promise<FunctionProcess> {
  throw new Error("not yet written");
}

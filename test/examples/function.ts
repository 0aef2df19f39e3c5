/** One example function as a process of its own, run by Node as the local cloud runs it: TypeScript, nothing compiled. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface RunningFunction {
  /** The output, or the error that Lambda would report. */
  call(input: unknown): Promise<{ output?: unknown; error?: string; message?: string }>;
  close(): Promise<void>;
}

export function startFunction(name: "split" | "detect" | "merge", endpointUrl: string): RunningFunction {
  const index = join(__dirname, "../../examples", name, "index.ts");
  const child = spawn(process.execPath, [join(__dirname, "call.mjs"), index], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      AWS_ENDPOINT_URL: endpointUrl,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(input) {
      child.stdin.write(`${JSON.stringify(input)}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`${name} ended before it answered`);
      return JSON.parse(answer.value) as Awaited<ReturnType<RunningFunction["call"]>>;
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

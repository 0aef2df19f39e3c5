/** A whole stack with its console, as `npm start` gives it to anybody, in a process of its own. */
import type { RunReport } from "../../local/start/report";
import { npmRun } from "../e2e/command";

export interface Stack {
  /** Of the console, with a slash at its end. */
  readonly url: string;
  /** What the terminal tells people to export. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ctrl-C, and what the run then reports. Any number of calls, one end. */
  close(): Promise<{ readonly exitCode: number | null; readonly report: RunReport }>;
}

/** Resolves when the stack stays up: the run's own execution has ended. */
export async function startStack(stack: string): Promise<Stack> {
  const command = npmRun("start", "--stack", stack, "--json");
  const [, url = ""] = await command.says(/console: (http:\S+)/);
  const [exported] = await command.says(/export AWS_ENDPOINT_URL=.*\n/);
  const variables = [...exported.matchAll(/(AWS_[A-Z_]+)=(\S+)/g)];
  let ended: ReturnType<Stack["close"]> | null = null;
  async function end(): ReturnType<Stack["close"]> {
    process.kill(-(command.child.pid ?? 0), "SIGINT");
    const { exitCode, stdout } = await command.ended;
    return { exitCode, report: JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RunReport };
  }
  return {
    url,
    environment: Object.fromEntries(variables.map(([, name = "", value = ""]) => [name, value])),
    close: () => (ended ??= end()),
  };
}

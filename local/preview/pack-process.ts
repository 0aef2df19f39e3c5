/** Starts a policy pack as the Pulumi CLI does: Pulumi's own analyzer server, in a process of its own. */
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import type { StackProject } from "../engine/project";

/** A pack that takes longer to say its port will never. */
const START_MS = 30_000;
/** Pulumi's own limit; the SDK's server has the same. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** The pack did not start, or a rule of it failed; the message is one line. */
export class PolicyPackError extends Error {
  override readonly name = "PolicyPackFailed";
}

export interface PackProcess {
  readonly client: AnalyzerClient;
  close(): void;
}

export interface PackOptions extends StackProject {
  /** Where PulumiPolicy.yaml is. Absolute. */
  readonly directory: string;
  readonly stack: string;
}

/** Rejects with PolicyPackError, with what the pack itself said last. */
export async function startPack(options: PackOptions): Promise<PackProcess> {
  const { directory } = options;
  if (!existsSync(join(directory, "PulumiPolicy.yaml"))) {
    throw new PolicyPackError(`${directory} is no policy pack: it has no PulumiPolicy.yaml.`);
  }
  const runtime = createRequire(join(directory, "package.json")).resolve(
    "@pulumi/pulumi/cmd/run-policy-pack",
  );
  // The CLI, too, starts it in the pack's own directory: analyzer_plugin.go of github.com/pulumi/pulumi.
  const child = spawn(process.execPath, [runtime, "127.0.0.1:0", "."], {
    cwd: directory,
    env: environment(options),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const close = (): void => {
    child.kill("SIGKILL");
  };
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(stripVTControlCharacters(line)));
  try {
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (/^\d+$/.test(line)) resolve(line);
        else said.push(stripVTControlCharacters(line));
      });
      child.once("error", reject);
      child.once("close", () => {
        reject(new PolicyPackError(firstLine(said)));
      });
      setTimeout(() => {
        reject(
          new PolicyPackError(
            `The policy pack ${directory} did not start within ${String(START_MS / 1000)} s.`,
          ),
        );
      }, START_MS).unref();
    });
    const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
    return {
      client,
      close: () => {
        client.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The first line that says what is wrong: not where in the source, and not of a stack trace. */
function firstLine(lines: readonly string[]): string {
  const speaks = (line: string): boolean =>
    line.trim() !== "" && !/^\s*at |^\s*\^|^(file:)?\/\S+:\d+$|^Running program /.test(line);
  const errors = lines.filter((line) => /error\b/i.test(line) && speaks(line));
  return (errors[0] ?? lines.find(speaks))?.trim() ?? "The policy pack ended without a word.";
}

/** As the CLI's constructEnv does, so that a pack reads the stack's settings by pulumi.Config. */
function environment({ project, settings, stack }: PackOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(settings.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(settings.secretKeys),
    PULUMI_NODEJS_PROJECT: project.name,
    PULUMI_NODEJS_STACK: stack,
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_DRY_RUN: "true",
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE ?? join(project.directory, ".loveless", "compile-cache"),
  };
}

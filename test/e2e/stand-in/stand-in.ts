/** A folder with a `docker` in it, and what that was asked. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundleWorker } from "../../../local/cloud/ecs/bundle";

const root = resolve(__dirname, "../../..");

export interface DockerCall {
  readonly command: string;
  readonly args: readonly string[];
  /** What a container was given. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StandIn {
  /** For the command that is to find it. */
  readonly environment: NodeJS.ProcessEnv;
  calls(command?: string): readonly DockerCall[];
  /** Names of containers and volumes that are there now. */
  kept(): readonly string[];
  remove(): void;
}

export async function createStandIn(more: Readonly<Record<string, string>> = {}): Promise<StandIn> {
  const directory = mkdtempSync(join(tmpdir(), "loveless-docker-"));
  await bundleWorker(directory);
  mkdirSync(join(directory, "bin"));
  const program = join(directory, "bin/docker");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(__dirname, "docker.mjs")}' "$@"\n`);
  chmodSync(program, 0o755);
  const file = join(directory, "calls.jsonl");
  const named = (folder: string): readonly string[] => {
    const path = join(directory, folder);
    return existsSync(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
  };
  return {
    environment: {
      ...process.env,
      PATH: `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`,
      DOCKER_STAND_IN: directory,
      DOCKER_STAND_IN_ROOT: root,
      DOCKER_STAND_IN_CLIENT: join(root, "local/runtime-client/main.mjs"),
      ...more,
    },
    calls(command) {
      const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
      const calls = lines.map((line) => JSON.parse(line) as DockerCall);
      return command === undefined ? calls : calls.filter((call) => call.command === command);
    },
    kept: () => [...named("containers"), ...named("volumes")],
    remove() {
      rmSync(directory, { recursive: true });
    },
  };
}

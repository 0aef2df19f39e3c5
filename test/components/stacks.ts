/** Runs the real program for the tests: on the repository's stacks, and on changed copies of them. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { resourcesOfType, type Graph, type GraphResource, type Json } from "../../local/graph";

export const REPOSITORY = join(__dirname, "../..");

/** A stack file's config; functions are one level deeper. */
export type Config = Record<string, Record<string, Record<string, Json> | Json[]>>;

/** What the tests call the project, whatever a fork calls it. */
const PROJECT = "loveless";

/**
 * A project that is the repository, but for its name and its stack files: copies of one, each changed. The caller
 * removes it.
 */
export function projectOf(
  stacks: Readonly<Record<string, (config: Config) => void>>,
  original = "dev",
): string {
  const project = mkdtempSync(join(tmpdir(), "loveless-stacks-"));
  for (const entry of readdirSync(REPOSITORY).filter((name) => name !== "stacks" && name !== "Pulumi.yaml")) {
    symlinkSync(join(REPOSITORY, entry), join(project, entry));
  }
  const file = parse(readFileSync(join(REPOSITORY, "Pulumi.yaml"), "utf8")) as object;
  writeFileSync(join(project, "Pulumi.yaml"), stringify({ ...file, name: PROJECT }));
  mkdirSync(join(project, "stacks"));
  for (const [stack, change] of Object.entries(stacks)) {
    const config = stackConfig(original);
    change(config);
    writeFileSync(join(project, `stacks/Pulumi.${stack}.yaml`), stringify({ config }));
  }
  return project;
}

/** A stack file's config, by the names that its keys have where the project is called as the tests call it. */
export function stackConfig(stack: string): Config {
  const { name } = parse(readFileSync(join(REPOSITORY, "Pulumi.yaml"), "utf8")) as { name: string };
  const text = readFileSync(join(REPOSITORY, `stacks/Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Config };
  const renamed = Object.entries(config).map(([key, value]) => [
    key.startsWith(`${name}:`) ? `${PROJECT}:${key.slice(name.length + 1)}` : key,
    value,
  ]);
  return Object.fromEntries(renamed) as Config;
}

/** The one resource of a type and name. */
export function resource(graph: Graph, type: string, name: string): GraphResource {
  const found = resourcesOfType(graph, type).filter((each) => each.name === name);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const names = resourcesOfType(graph, type).map((each) => each.name);
  throw new Error(
    `There are ${String(found.length)} ${type} ${name} in ${graph.stack}, which has ${names.join(", ")}.`,
  );
}

/** An input that holds JSON text. */
export function jsonInput<Shape>(from: GraphResource, input: string): Shape {
  return JSON.parse(String(from.inputs[input])) as Shape;
}

/** Text with what differs from stack to stack made the same: names of Pulumi's making, and the stack's own. */
export function normalised(graph: Graph, text: string): string {
  return text
    .replaceAll(/-[0-9a-f]{7}\b/g, "-RANDOM")
    .replaceAll(`${graph.project}-${graph.stack}`, "PROJECT-STACK")
    .replaceAll(/:eu-west-1:123456789012:/g, ":REGION:ACCOUNT:");
}

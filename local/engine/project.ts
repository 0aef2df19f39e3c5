/** Reads a Pulumi project: `Pulumi.yaml` and the settings of one stack, as the Pulumi CLI hands them to a program. */
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { isObject, type JsonObject } from "./wire";
import type { Json } from "../graph";

/** A stack that has no settings file. */
class UnknownStackError extends Error {
  override readonly name = "UnknownStack";
}

/** A project or stack file that can't be read as one. */
class ProjectFileError extends Error {
  override readonly name = "ProjectFileInvalid";
}

export interface Project {
  readonly directory: string;
  readonly name: string;
  /** `main` of Pulumi.yaml, or "." */
  readonly main: string;
  /** False when Pulumi's own ts-node must stay away. */
  readonly typescript: boolean;
  /** Arguments of the Node process, before the language runtime's own. */
  readonly nodeArguments: readonly string[];
}

/** What a program reads by `pulumi.Config`. */
export interface StackSettings {
  /** Values by `namespace:key`; what is not a string is JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Encrypted on disk: the program gets the ciphertext, marked as a secret. */
  readonly secretKeys: readonly string[];
}

export interface StackProject {
  readonly project: Project;
  readonly settings: StackSettings;
}

/** Throws UnknownStackError, with the stacks there are, and ProjectFileError. */
export async function readProject(directory: string, stack: string): Promise<StackProject> {
  const file = await readYaml(join(directory, "Pulumi.yaml"));
  if (typeof file.name !== "string") {
    throw new ProjectFileError(
      `Pulumi.yaml has no name, got ${JSON.stringify(file.name ?? null)}; add "name: PROJECT".`,
    );
  }
  const options = isObject(file.runtime) && isObject(file.runtime.options) ? file.runtime.options : {};
  const project: Project = {
    directory,
    name: file.name,
    main: typeof file.main === "string" ? file.main : ".",
    typescript: options.typescript !== false,
    nodeArguments: typeof options.nodeargs === "string" ? splitArguments(options.nodeargs) : [],
  };
  const stacksDirectory = resolve(
    directory,
    typeof file.stackConfigDir === "string" ? file.stackConfigDir : ".",
  );
  const stacks = await listStacks(stacksDirectory);
  if (!stacks.includes(stack)) {
    const known = stacks.length === 0 ? "there is none" : `choose one of ${stacks.join(", ")}`;
    throw new UnknownStackError(`There is no stack "${stack}" in ${stacksDirectory}; ${known}.`);
  }
  const stackFile = await readYaml(join(stacksDirectory, `Pulumi.${stack}.yaml`));
  return { project, settings: stackSettings(project.name, file.config, stackFile.config) };
}

/** The pattern of `pulumi:autonaming`: https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming */
export function namePattern(settings: StackSettings): string | undefined {
  const text = settings.config["pulumi:autonaming"];
  if (text === undefined) return undefined;
  const { pattern } = JSON.parse(text) as { readonly pattern?: string };
  return pattern;
}

async function listStacks(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []).sort();
}

async function readYaml(path: string): Promise<JsonObject> {
  let content: unknown;
  try {
    content = parse(await readFile(path, "utf8"));
  } catch (error) {
    // The YAML reader adds the lines around the place; the place is enough.
    const [what = ""] = (error as Error).message.split("\n");
    const hint = /^Tabs /.test(what) ? "; indent by spaces" : "";
    throw new ProjectFileError(`${path} can't be read: ${what.replace(/:$/, "")}${hint}.`, { cause: error });
  }
  if (content === null) return {};
  if (isObject(content as Json)) return content as JsonObject;
  throw new ProjectFileError(`${path} is not a map of settings, got ${JSON.stringify(content)}.`);
}

/** Defaults of the project (https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options), then the stack's values. */
function stackSettings(
  projectName: string,
  defaults: Json | undefined,
  values: Json | undefined,
): StackSettings {
  const config: Record<string, string> = {};
  const secretKeys = new Set<string>();
  const qualify = (key: string): string => (key.includes(":") ? key : `${projectName}:${key}`);
  for (const [key, declared] of Object.entries(isObject(defaults) ? defaults : {})) {
    const value = isObject(declared) ? (declared.value ?? declared.default) : declared;
    if (value !== undefined) config[qualify(key)] = asText(value);
  }
  for (const [key, value] of Object.entries(isObject(values) ? values : {})) {
    config[qualify(key)] = asText(withoutSecure(value));
    if (holdsSecure(value)) secretKeys.add(qualify(key));
  }
  return { config, secretKeys: [...secretKeys] };
}

function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `{ secure: ciphertext }`, at any depth. */
function isSecure(value: Json): value is { secure: string } {
  return isObject(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

function holdsSecure(value: Json): boolean {
  if (isSecure(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecure);
}

function withoutSecure(value: Json): Json {
  if (isSecure(value)) return value.secure;
  if (Array.isArray(value)) return value.map(withoutSecure);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecure(inner)]));
}

/** Splits as a shell does, quotes included, since the Pulumi CLI does. */
function splitArguments(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
}

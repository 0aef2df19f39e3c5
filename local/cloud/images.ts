/** From an image reference to what it was built from: the build context, and what its Dockerfile says about starting it. */
import { readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { DockerfileParser, type Env } from "dockerfile-ast";
import { z } from "zod";
import type { Graph, GraphResource } from "../graph";
import { isNotRunnable, propertiesOf, type NotRunnable } from "./properties";

/** An image as Docker would start it, without Docker. */
export interface LocalImage {
  /** Absolute path of the build context: where its code lies on this machine. */
  readonly context: string;
  /** Null where the Dockerfile leaves it to the base image. */
  readonly entryPoint: readonly string[] | null;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** As in the image; null where the Dockerfile leaves it to the base image. */
  readonly workingDirectory: string | null;
}

export interface Images {
  find(imageUri: string): LocalImage | NotRunnable;
}

const awsxImage = z.object({
  imageUri: z.string(),
  context: z.string().default("."),
  dockerfile: z.string().optional(),
  target: z.string().optional(),
});

const dockerBuildImage = z.object({
  ref: z.string(),
  context: z.object({ location: z.string() }).default({ location: "." }),
  dockerfile: z.object({ location: z.string().optional(), inline: z.string().optional() }).default({}),
  target: z.string().optional(),
});

/** Paths in image resources are relative to the program's directory, as Pulumi reads them. */
export function imagesOf(graph: Graph, programDirectory: string): Images {
  const found = new Map<string, LocalImage | NotRunnable>();
  for (const resource of graph.resources) {
    const reference = resource.outputs["imageUri"] ?? resource.outputs["ref"];
    if (typeof reference !== "string" || found.has(reference)) continue;
    const image = readImage(resource, programDirectory);
    if (image !== null) found.set(reference, image);
  }
  return {
    find: (imageUri) =>
      found.get(imageUri) ?? {
        why: `its image ${imageUri} is not built by this program: without Docker only a build context can be run`,
      },
  };
}

function readImage(resource: GraphResource, programDirectory: string): LocalImage | NotRunnable | null {
  const path = (relative: string): string =>
    isAbsolute(relative) ? relative : resolve(programDirectory, relative);
  if (resource.type === "awsx:ecr:Image") {
    const image = propertiesOf(resource, awsxImage);
    if (isNotRunnable(image)) return image;
    const context = path(image.context);
    return readDockerfile(
      context,
      { file: image.dockerfile === undefined ? undefined : path(image.dockerfile) },
      image.target,
    );
  }
  if (resource.type === "docker-build:index:Image") {
    const image = propertiesOf(resource, dockerBuildImage);
    if (isNotRunnable(image)) return image;
    const { location, inline } = image.dockerfile;
    const dockerfile = { file: location === undefined ? undefined : path(location), text: inline };
    return readDockerfile(path(image.context.location), dockerfile, image.target);
  }
  return null;
}

function readDockerfile(
  context: string,
  dockerfile: { readonly file?: string | undefined; readonly text?: string | undefined },
  target: string | undefined,
): LocalImage | NotRunnable {
  const file = dockerfile.file ?? join(context, "Dockerfile");
  try {
    return { context, ...parseDockerfile(dockerfile.text ?? readFileSync(file, "utf8"), target) };
  } catch (error) {
    return { why: `the Dockerfile of ${context} can't be used: ${(error as Error).message}` };
  }
}

/** What the last stage (or `target`) says, with what it inherits from earlier stages. Throws when CMD is missing or not JSON. */
export function parseDockerfile(text: string, target?: string): Omit<LocalImage, "context"> {
  const instructions = stageInstructions(text, target);
  const last = (keyword: string): Instruction | undefined =>
    instructions.findLast((each) => each.getKeyword() === keyword);
  const command = last("CMD");
  const entryPoint = last("ENTRYPOINT");
  if (command === undefined) throw new Error('it has no CMD; name the handler, as in CMD ["index.handler"]');
  const environment: Record<string, string> = {};
  for (const each of instructions.filter((instruction) => instruction.getKeyword() === "ENV")) {
    for (const property of (each as Env).getProperties()) {
      environment[property.getName()] = expand(property.getValue() ?? "", environment);
    }
  }
  return {
    command: execForm(command),
    entryPoint: entryPoint === undefined ? null : execForm(entryPoint),
    environment,
    workingDirectory: last("WORKDIR")?.getArgumentsContent() ?? null,
  };
}

type Instruction = ReturnType<ReturnType<typeof DockerfileParser.parse>["getInstructions"]>[number];

function stageInstructions(text: string, target: string | undefined): readonly Instruction[] {
  const stages: {
    readonly name: string | null;
    readonly base: string | null;
    readonly instructions: Instruction[];
  }[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() !== "FROM") {
      stages.at(-1)?.instructions.push(instruction);
      continue;
    }
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const [base, , name] = words.filter((word) => !word.startsWith("--"));
    stages.push({ name: name ?? null, base: base ?? null, instructions: [] });
  }
  const chosen = target === undefined ? stages.length - 1 : stages.findIndex(({ name }) => name === target);
  if (chosen === -1)
    throw new Error(target === undefined ? "it has no FROM" : `it has no stage named ${target}`);
  const gather = (index: number): readonly Instruction[] => {
    const stage = stages[index];
    if (stage === undefined) return [];
    const parent = stages.slice(0, index).findLastIndex(({ name }) => name !== null && name === stage.base);
    return [...gather(parent), ...stage.instructions];
  };
  return gather(chosen);
}

function execForm(instruction: Instruction): string[] {
  const content = instruction.getArgumentsContent() ?? "";
  try {
    return z.array(z.string()).parse(JSON.parse(content));
  } catch {
    throw new Error(
      `${instruction.getKeyword()} must be a JSON array, as in CMD ["index.handler"], got ${content}`,
    );
  }
}

function expand(value: string, known: Readonly<Record<string, string>>): string {
  return value.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, bare?: string) => known[braced ?? bare ?? ""] ?? whole,
  );
}

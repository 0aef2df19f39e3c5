/** Builds the images that the program declares, as Pulumi would, and keeps them in this machine's engine alone. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import type { Graph, GraphResource } from "../graph";
import { isNotRunnable, propertiesOf } from "../cloud/properties";
import type { Docker } from "./engine";
import { IMAGE_LABEL } from "./labels";

/** A Dockerfile that does not build. */
export class ImageBuildFailed extends Error {
  override readonly name = "ImageBuildFailed";
}

export interface BuiltImage {
  /** Of this engine. */
  readonly tag: string;
  /** As `linux/amd64`; null where the program leaves it to the engine. */
  readonly platform: string | null;
}

export interface BuildOptions {
  readonly docker: Docker;
  /** Relative paths of build contexts start here. */
  readonly programDirectory: string;
  /** Takes what each build says. */
  readonly logDirectory: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

interface Build {
  readonly name: string;
  readonly context: string;
  readonly image: BuiltImage;
  readonly args: readonly string[];
  /** The Dockerfile itself, where it stands in the program. */
  readonly input?: string;
}

const LAST_LINES = 3;
const buildArgs = z.record(z.string(), z.string()).default({});

const awsxImage = z.object({
  imageUri: z.string(),
  context: z.string().default("."),
  dockerfile: z.string().optional(),
  target: z.string().optional(),
  platform: z.string().optional(),
  args: buildArgs,
});

const dockerBuildImage = z.object({
  ref: z.string(),
  context: z.object({ location: z.string() }).default({ location: "." }),
  dockerfile: z.object({ location: z.string().optional(), inline: z.string().optional() }).default({}),
  target: z.string().optional(),
  platforms: z.array(z.string()).default([]),
  buildArgs,
});

/** By image reference. Rejects with ImageBuildFailed at the first that does not build. */
export async function buildImages(
  graph: Graph,
  options: BuildOptions,
): Promise<ReadonlyMap<string, BuiltImage>> {
  const builds = new Map<string, Build>();
  for (const resource of graph.resources) {
    const found = buildOf(resource, options.programDirectory);
    if (found !== null && !builds.has(found.reference)) builds.set(found.reference, found.build);
  }
  let count = 0;
  for (const build of builds.values()) {
    count += 1;
    options.say(`docker build of ${build.name} (${String(count)} of ${String(builds.size)})`);
    await run(build, options);
  }
  return new Map([...builds].map(([reference, { image }]) => [reference, image]));
}

async function run({ name, context, args, input }: Build, options: BuildOptions): Promise<void> {
  const { docker, signal, programDirectory } = options;
  const answer = await docker.ask(args, { signal, ...(input === undefined ? {} : { input }) });
  signal.throwIfAborted();
  const said = answer.stdout + answer.stderr;
  const file = join(options.logDirectory, `docker-build-${name}.log`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, said);
  if (answer.exitCode === 0) return;
  const last = said.trim().split("\n").slice(-LAST_LINES).join(" | ");
  throw new ImageBuildFailed(
    `docker build of ${name} (${relative(programDirectory, context) || "."}) ended with exit code ${String(answer.exitCode)}: ${last} All that it said is in ${file}; mend the Dockerfile, or leave --docker out.`,
  );
}

function buildOf(
  resource: GraphResource,
  programDirectory: string,
): { readonly reference: string; readonly build: Build } | null {
  const path = (relativePath: string): string => resolve(programDirectory, relativePath);
  if (resource.type === "awsx:ecr:Image") {
    const image = propertiesOf(resource, awsxImage);
    if (isNotRunnable(image)) return null;
    const { imageUri, context, dockerfile, platform = null, args, target } = image;
    const file = dockerfile === undefined ? join(path(context), "Dockerfile") : path(dockerfile);
    return {
      reference: imageUri,
      build: buildWith(resource.name, imageUri, path(context), { file, platform, target, args }),
    };
  }
  if (resource.type !== "docker-build:index:Image") return null;
  const image = propertiesOf(resource, dockerBuildImage);
  if (isNotRunnable(image)) return null;
  const context = path(image.context.location);
  const { location, inline } = image.dockerfile;
  const file =
    inline === undefined ? (location === undefined ? join(context, "Dockerfile") : path(location)) : "-";
  const [platform = null] = image.platforms;
  const build = buildWith(resource.name, image.ref, context, {
    ...{ file, platform, target: image.target, args: image.buildArgs },
  });
  return { reference: image.ref, build: inline === undefined ? build : { ...build, input: inline } };
}

function buildWith(
  name: string,
  reference: string,
  context: string,
  facts: {
    readonly file: string;
    readonly platform: string | null;
    readonly target: string | undefined;
    readonly args: Readonly<Record<string, string>>;
  },
): Build {
  const { file, platform, target, args } = facts;
  const tag = `loveless-local/${name.toLowerCase().replace(/[^a-z0-9.-]+/g, "-")}:${digestOf(reference)}`;
  return {
    name,
    context,
    image: { tag, platform },
    args: [
      ...["build", "--file", file, "--tag", tag, "--label", `${IMAGE_LABEL}=image`],
      ...(platform === null ? [] : ["--platform", platform]),
      ...(target === undefined ? [] : ["--target", target]),
      ...Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
      context,
    ],
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** `awsx:ecr:Repository` and `awsx:ecr:Image`: a repository with its lifecycle policy, and an image known by its digest. */
import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { type GraphResource, type Json, UNKNOWN } from "../../graph";
import { isObject, type JsonObject } from "../wire";
import { createChildren, type Synthesis, type SynthesisOptions } from "./children";
import { contextDigest } from "./context-digest";

export function repository(component: GraphResource, options: SynthesisOptions): Synthesis {
  const { lifecyclePolicy, ...args } = component.inputs;
  const children = createChildren(component, options);
  const name = component.name.toLowerCase();
  const child = children.declare("aws:ecr/repository:Repository", name, component.urn, args);
  const settings = isObject(lifecyclePolicy) ? lifecyclePolicy : {};
  const policy =
    settings.skip === true
      ? null
      : children.declare(
          "aws:ecr/lifecyclePolicy:LifecyclePolicy",
          name,
          component.urn,
          {
            repository: child.outputs.name,
            policy: JSON.stringify({ rules: lifecycleRules(settings.rules) }),
            region: args.region,
          },
          [child.urn],
        );
  const outputs = { url: child.outputs.repositoryUrl ?? UNKNOWN };
  return {
    children: children.declared,
    outputs,
    state: {
      ...outputs,
      repository: child.reference,
      ...(policy === null ? {} : { lifecyclePolicy: policy.reference }),
    },
  };
}

/** A rule for any tag comes last; without rules, one untagged image is kept. */
function lifecycleRules(value: Json | undefined): Json {
  const rules = Array.isArray(value)
    ? value.filter(isObject)
    : [
        {
          description: "remove untagged images",
          tagStatus: "untagged",
          maximumNumberOfImages: 1,
        } as JsonObject,
      ];
  const ordered = [
    ...rules.filter(({ tagStatus }) => tagStatus !== "any"),
    ...rules.filter(({ tagStatus }) => tagStatus === "any"),
  ];
  return ordered.map((rule, index) => ({
    rulePriority: index + 1,
    ...(rule.description === undefined ? {} : { description: rule.description }),
    selection: { ...tagSelection(rule), ...countSelection(rule) },
    action: { type: "expire" },
  }));
}

function tagSelection(rule: JsonObject): JsonObject {
  if (rule.tagStatus === "any" || rule.tagStatus === "untagged") return { tagStatus: rule.tagStatus };
  return { tagStatus: "tagged", tagPrefixList: rule.tagPrefixList ?? [] };
}

function countSelection(rule: JsonObject): JsonObject {
  if (rule.maximumNumberOfImages !== undefined) {
    return { countType: "imageCountMoreThan", countNumber: rule.maximumNumberOfImages };
  }
  return { countType: "sinceImagePushed", countNumber: rule.maximumAgeLimit ?? 1, countUnit: "days" };
}

/** Nothing is built: the digest is a hash of the build context, so it changes when the image would. */
export function image(component: GraphResource, options: SynthesisOptions): Synthesis {
  const args = component.inputs;
  const children = createChildren(component, options);
  const context = typeof args.context === "string" ? args.context : ".";
  const repositoryUrl = typeof args.repositoryUrl === "string" ? args.repositoryUrl : UNKNOWN;
  const name = imageName(args, context, options.stack);
  const dockerfile = typeof args.dockerfile === "string" ? args.dockerfile : join(context, "Dockerfile");
  const canonicalName = repositoryUrl === UNKNOWN ? UNKNOWN : `${repositoryUrl}:${name}`;
  const imageUri =
    options.preview || repositoryUrl === UNKNOWN
      ? UNKNOWN
      : `${repositoryUrl}@sha256:${digestOf(args, resolve(options.projectDirectory, context), resolve(options.projectDirectory, dockerfile))}`;
  children.declare("docker-build:index:Image", name, component.urn, {
    tags: [canonicalName],
    buildArgs: args.args,
    cacheFrom: [{ registry: { ref: canonicalName } }],
    cacheTo: [{ inline: {} }],
    context: { location: context },
    dockerfile: args.dockerfile === undefined ? {} : { location: args.dockerfile },
    platforms: args.platform === undefined ? [] : [args.platform],
    target: args.target,
    push: true,
  });
  return { children: children.declared, outputs: { imageUri }, state: { imageUri } };
}

function digestOf(args: JsonObject, context: string, dockerfile: string): string {
  const settings = [args.args, args.platform, args.target].map((value) => value ?? null);
  return contextDigest(context, relative(context, dockerfile), JSON.stringify(settings));
}

/** awsx names the build by what is to be built, so the same context twice in a component type is a duplicate. */
function imageName(args: JsonObject, context: string, stack: string): string {
  const given = args.imageName ?? args.imageTag;
  if (typeof given === "string") return given;
  const dockerfile = typeof args.dockerfile === "string" ? `;dockerfile=${args.dockerfile}` : "";
  const buildArguments = Object.entries(isObject(args.args) ? args.args : {}).map(
    ([key, value]) => `;arg[${key}]=${String(value)}`,
  );
  const signature = `${context}${dockerfile}${buildArguments.join("")}${stack}`;
  return `${createHash("sha1").update(signature).digest("hex").slice(0, 8)}-container`;
}

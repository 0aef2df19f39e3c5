/** Completes a resource's inputs as its provider would: picks the name, then adds what AWS answers. */
import { type Json, UNKNOWN } from "../../graph";
import { hex } from "../identity";
import type { JsonObject } from "../wire";
import { autoscaling, docker, ecr, ecs } from "./ecs";
import { ec2 } from "./ec2";
import { iam, kms } from "./iam";
import { lambda, scheduler } from "./lambda";
import { messaging } from "./messaging";
import { arn, autonamed, type Model, type ModelTable, type Subject } from "./model";
import { observability } from "./observability";
import { s3 } from "./s3";
import { states } from "./states";

const MODELS: ModelTable = {
  ...autoscaling,
  ...docker,
  ...ec2,
  ...ecr,
  ...ecs,
  ...iam,
  ...kms,
  ...lambda,
  ...messaging,
  ...observability,
  ...s3,
  ...scheduler,
  ...states,
};

/** A resource of a type that no table knows keeps its inputs, and gets a made-up id and ARN. */
const GENERIC: Model = {
  computed: (subject): { id: string } & JsonObject => {
    const id = `${subject.name}-${hex(subject.urn, 7)}`;
    const [, service, kind] = /^aws:(\w+)\/(\w+):/.exec(subject.type) ?? [];
    return service === undefined || kind === undefined
      ? { id }
      : { id, arn: arn(subject, service, `${kind}/${id}`) };
  },
};

/** False when the outputs of a custom resource are a guess: the inputs, and an id and ARN made from the URN. */
export function isModelled(type: string): boolean {
  return type in MODELS || type.startsWith("pulumi:providers:");
}

export interface Completion {
  /** Null in preview. */
  readonly id: string | null;
  /** What the provider adds to the inputs; in preview what AWS decides is `UNKNOWN`. */
  readonly added: JsonObject;
  readonly secretOutputs: readonly string[];
}

export interface CompletionOptions {
  readonly preview: boolean;
  /** Tags that the provider gives to all that has tags. */
  readonly defaultTags: JsonObject;
  /** The pattern of `pulumi:autonaming`. @default Pulumi's own */
  readonly namePattern?: string | undefined;
  /** The id of a resource that exists already: imported, or only read. */
  readonly existingId?: string;
}

/** Throws, in Pulumi's words, when a name would be too long. */
export function complete(subject: Subject, options: CompletionOptions): Completion {
  const model = MODELS[subject.type] ?? GENERIC;
  const names = chosenNames(model, subject, options);
  const whole: Subject = { ...subject, inputs: { ...subject.inputs, ...names } };
  const { id, ...computed } = model.computed(whole);
  const answered = Object.entries(computed).map(([key, value]): [string, Json] => [
    key,
    options.preview ? UNKNOWN : value,
  ]);
  const added: JsonObject = {
    ...Object.fromEntries(answered),
    ...regionAndTags(whole, options.defaultTags),
    ...names,
  };
  return {
    id: options.existingId ?? (options.preview ? null : id),
    added: Object.fromEntries(Object.entries(added).filter(([key]) => subject.inputs[key] === undefined)),
    secretOutputs: model.secretOutputs ?? [],
  };
}

function chosenNames(
  { autoname }: Model,
  subject: Subject,
  { existingId, namePattern }: CompletionOptions,
): JsonObject {
  if (autoname === undefined || subject.inputs[autoname.property] !== undefined) return {};
  return { [autoname.property]: existingId ?? autonamed(autoname, subject, namePattern) };
}

/** Since version 7 of the provider every regional resource has a region; what has tags has them with the default ones. */
function regionAndTags({ type, region, inputs }: Subject, defaultTags: JsonObject): JsonObject {
  if (!type.startsWith("aws:")) return {};
  const tags =
    typeof inputs.tags === "object" && inputs.tags !== null && !Array.isArray(inputs.tags) ? inputs.tags : {};
  return { ...(type.startsWith("aws:iam/") ? {} : { region }), tagsAll: { ...defaultTags, ...tags } };
}

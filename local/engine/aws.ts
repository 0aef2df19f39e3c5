/** The AWS account and region that a program is deployed to, as far as its settings tell. */
import { type Json, UNKNOWN } from "../graph";
import type { StackSettings } from "./project";
import { isObject, type JsonObject } from "./wire";

/** The account of everything local: the one of AWS's own examples. */
const ACCOUNT_ID = "123456789012";

/** What one AWS provider, default or explicit, says about all of its resources. */
export interface AwsProvider {
  readonly accountId: string;
  readonly region: string;
  readonly defaultTags: JsonObject;
}

/** The default provider: `aws:region` and `aws:defaultTags` of the stack's settings. */
export function defaultProvider(settings: StackSettings): AwsProvider {
  return {
    accountId: ACCOUNT_ID,
    region: settings.config["aws:region"] ?? "us-east-1",
    defaultTags: defaultTagsOf(settings.config["aws:defaultTags"]),
  };
}

/** A provider that the program declares takes its own inputs, and the default one's where it is silent. */
export function explicitProvider(inputs: JsonObject, fallback: AwsProvider): AwsProvider {
  return {
    accountId: fallback.accountId,
    region: typeof inputs.region === "string" ? inputs.region : fallback.region,
    defaultTags: inputs.defaultTags === undefined ? fallback.defaultTags : defaultTagsOf(inputs.defaultTags),
  };
}

/** `{ tags: {…} }`, or that as JSON text, which is how provider settings travel. What is unknown has none yet. */
function defaultTagsOf(value: Json | undefined): JsonObject {
  if (value === UNKNOWN) return {};
  const parsed = typeof value === "string" ? (JSON.parse(value) as Json) : value;
  return isObject(parsed) && isObject(parsed.tags) ? parsed.tags : {};
}

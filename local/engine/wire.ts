/** Pulumi's wire format: what travels in a protobuf Struct beside plain JSON, and how it is taken off. */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { resolve } from "node:path";
import { type Json, UNKNOWN } from "../graph";

export type JsonObject = { [key: string]: Json };

// The signatures of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A property bag as the program sent it, still in wire form. */
export function fromStruct(struct: Struct | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {}) as JsonObject;
}

/** Undefined is not JSON: such keys are left out. */
export function toStruct(properties: { readonly [key: string]: Json | undefined }): Struct {
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Struct.fromJavaScript(Object.fromEntries(known) as JsonObject);
}

/** Marks a value as secret on the wire. */
export function secret(value: Json): Json {
  return isObject(value) && value[SIGNATURE] === SECRET ? value : { [SIGNATURE]: SECRET, value };
}

/** A resource as a property of another: the program's SDK makes a live object of it. */
export function reference(urn: string, id: string | null): Json {
  return { [SIGNATURE]: RESOURCE, urn, ...(id === null ? {} : { id }) };
}

export interface Plain {
  readonly properties: JsonObject;
  /** Names of the properties that are or hold a secret. */
  readonly secrets: readonly string[];
}

/**
 * Properties without wrappers: secrets and output values are unwrapped, references become ids (components: URNs),
 * assets become `{ kind: "text", text }`, `{ kind: "file", path }`, `{ kind: "remote", uri }` or
 * `{ kind: "archive", assets | path | uri }`, with paths resolved against the project's directory. Null means absent.
 */
export function unwrap(properties: JsonObject, projectDirectory: string): Plain {
  const secrets: string[] = [];
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(properties)) {
    let isSecret = false;
    const plain = unwrapValue(value, projectDirectory, () => {
      isSecret = true;
    });
    if (plain === null) continue;
    result[key] = plain;
    if (isSecret) secrets.push(key);
  }
  return { properties: result, secrets };
}

function unwrapValue(value: Json, directory: string, onSecret: () => void): Json {
  if (Array.isArray(value)) return value.map((element) => unwrapValue(element, directory, onSecret));
  if (!isObject(value)) return value;
  const signature = value[SIGNATURE];
  if (signature === undefined) {
    const entries = Object.entries(value).map(([key, inner]): [string, Json] => [
      key,
      unwrapValue(inner, directory, onSecret),
    ]);
    return Object.fromEntries(entries);
  }
  switch (String(signature)) {
    case SECRET:
      onSecret();
      return unwrapValue(value.value ?? null, directory, onSecret);
    case OUTPUT:
      if (value.secret === true) onSecret();
      return value.value === undefined ? UNKNOWN : unwrapValue(value.value, directory, onSecret);
    case RESOURCE:
      // A custom resource whose id is not known yet sends an empty one.
      return value.id === undefined ? (value.urn ?? null) : value.id === "" ? UNKNOWN : value.id;
    case ASSET:
      return unwrapAsset(value, directory);
    case ARCHIVE:
      return unwrapArchive(value, directory, onSecret);
    default:
      throw new Error(
        `A property has the signature ${JSON.stringify(signature)}, which this engine does not know.`,
      );
  }
}

function unwrapAsset(value: JsonObject, directory: string): Json {
  if (typeof value.path === "string") return { kind: "file", path: resolve(directory, value.path) };
  if (typeof value.uri === "string") return { kind: "remote", uri: value.uri };
  return { kind: "text", text: value.text ?? "" };
}

function unwrapArchive(value: JsonObject, directory: string, onSecret: () => void): Json {
  if (isObject(value.assets))
    return { kind: "archive", assets: unwrapValue(value.assets, directory, onSecret) };
  if (typeof value.path === "string") return { kind: "archive", path: resolve(directory, value.path) };
  return { kind: "archive", uri: value.uri ?? null };
}

/** True when any part of a value is only known after a deployment. */
export function containsUnknown(value: Json): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

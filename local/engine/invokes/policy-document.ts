/** The data source that writes an IAM policy document out as JSON. */
import type { Json } from "../../graph";
import { hex } from "../identity";
import { isObject, type JsonObject } from "../wire";
import type { DataSource } from "./data-source";

/** https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/ */
export const policyDocument: DataSource = (args) => {
  const document = compact({
    Version: args.version ?? "2012-10-17",
    Id: args.policyId,
    Statement: list(args.statements).map(statement),
  });
  return {
    ...args,
    id: hex(JSON.stringify(document), 10),
    json: JSON.stringify(document, null, 2),
    minifiedJson: JSON.stringify(document),
  };
};

function statement(source: JsonObject): JsonObject {
  return compact({
    Sid: source.sid,
    Effect: source.effect ?? "Allow",
    Action: oneOrMany(source.actions),
    NotAction: oneOrMany(source.notActions),
    Resource: oneOrMany(source.resources),
    NotResource: oneOrMany(source.notResources),
    Principal: principals(source.principals),
    NotPrincipal: principals(source.notPrincipals),
    Condition: conditions(source.conditions),
  });
}

function principals(value: Json | undefined): Json | undefined {
  const entries = list(value);
  if (entries.length === 0) return undefined;
  if (entries.some((entry) => entry.type === "*")) return "*";
  return Object.fromEntries(entries.map((entry) => [String(entry.type), oneOrMany(entry.identifiers) ?? []]));
}

function conditions(value: Json | undefined): Json | undefined {
  const result: Record<string, JsonObject> = {};
  for (const { test, variable, values } of list(value)) {
    result[String(test)] = { ...result[String(test)], [String(variable)]: oneOrMany(values) ?? [] };
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** A list of one is written as its element, as the provider does. */
function oneOrMany(value: Json | undefined): Json | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.length === 1 ? value[0] : value;
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function compact(properties: { [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined),
  ) as JsonObject;
}

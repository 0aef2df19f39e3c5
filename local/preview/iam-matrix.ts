/** Who may do what: the roles of a graph, whom they trust, and each statement of their documents as a row. */
import { type Graph, type GraphResource, type Json, resourcesOfType } from "../graph";
import { namesOf, type Names } from "./names";

export interface MatrixRow {
  readonly role: string;
  readonly effect: string;
  readonly actions: readonly string[];
  /** By the names of the program. */
  readonly resources: readonly string[];
  /** "" for none. */
  readonly condition: string;
}

export interface Matrix {
  readonly trust: readonly {
    readonly role: string;
    readonly principals: readonly string[];
    readonly condition: string;
  }[];
  readonly rows: readonly MatrixRow[];
  /** Managed policies, by ARN: their statements are not the program's. */
  readonly attached: readonly { readonly role: string; readonly policyArn: string }[];
}

type JsonObject = { readonly [key: string]: Json };

export function iamMatrix(graph: Graph): Matrix {
  const names = namesOf(graph);
  const roles = resourcesOfType(graph, "aws:iam/role:Role").toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    trust: roles.flatMap((role) =>
      statements(role.inputs.assumeRolePolicy).map((statement) => ({
        role: role.name,
        principals: principals(statement.Principal),
        condition: condition(statement.Condition, names),
      })),
    ),
    rows: roles.flatMap((role) =>
      documentsOf(graph, role).flatMap((document) =>
        statements(document).map((each) => row(role.name, each, names)),
      ),
    ),
    attached: roles.flatMap((role) =>
      managedPolicies(graph, role).map((policyArn) => ({ role: role.name, policyArn })),
    ),
  };
}

function isOf(role: GraphResource, value: Json | undefined): boolean {
  return value === role.outputs.name || value === role.id;
}

function documentsOf(graph: Graph, role: GraphResource): readonly (Json | undefined)[] {
  const inline = list(role.inputs.inlinePolicies).map((each) => object(each).policy);
  const own = resourcesOfType(graph, "aws:iam/rolePolicy:RolePolicy").filter((each) =>
    isOf(role, each.inputs.role),
  );
  const policies = resourcesOfType(graph, "aws:iam/policy:Policy");
  const attached = managedArns(graph, role).flatMap((arn) =>
    policies.filter((each) => each.outputs.arn === arn),
  );
  return [
    ...inline,
    ...own.map(({ inputs }) => inputs.policy),
    ...attached.map(({ inputs }) => inputs.policy),
  ];
}

function managedArns(graph: Graph, role: GraphResource): readonly string[] {
  const attachments = resourcesOfType(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment");
  return [
    ...texts(role.inputs.managedPolicyArns),
    ...attachments
      .filter((each) => isOf(role, each.inputs.role))
      .flatMap((each) => texts(each.inputs.policyArn)),
  ];
}

function managedPolicies(graph: Graph, role: GraphResource): readonly string[] {
  const declared = new Set(resourcesOfType(graph, "aws:iam/policy:Policy").map(({ outputs }) => outputs.arn));
  return managedArns(graph, role).filter((arn) => !declared.has(arn));
}

function row(role: string, statement: JsonObject, names: Names): MatrixRow {
  const negated = (key: string): readonly string[] =>
    texts(statement[`Not${key}`]).map((each) => `all but ${each}`);
  return {
    role,
    effect: String(statement.Effect),
    actions: [...texts(statement.Action), ...negated("Action")],
    resources: [...texts(statement.Resource), ...negated("Resource")].map(names.shorten),
    condition: condition(statement.Condition, names),
  };
}

function statements(document: Json | undefined): readonly JsonObject[] {
  const parsed = typeof document === "string" ? fromJson(document) : document;
  return list(object(parsed).Statement).map(object);
}

function fromJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function principals(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return Object.values(object(value)).flatMap(texts);
}

function condition(value: Json | undefined, names: Names): string {
  return Object.entries(object(value))
    .flatMap(([operator, keys]) =>
      Object.entries(object(keys)).map(
        ([key, values]) => `${key} ${operator} ${texts(values).map(names.shorten).join(" | ")}`,
      ),
    )
    .join("; ");
}

function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): readonly Json[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

function texts(value: Json | undefined): readonly string[] {
  return list(value).map(String);
}

/** Asks the evaluator in few words: documents as JSON, one caller of the account by default, and the verdict as a word. */
import { compile } from "../../../local/iam/document";
import { evaluate, type Decision, type Policies, type Question } from "../../../local/iam/evaluate";

export const ACCOUNT = "123456789012";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/w1`;
export const USER = `arn:aws:iam::${ACCOUNT}:user/ann`;
export const OTHER_ACCOUNT = "999999999999";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Documents by what they are attached to; what is absent is not there. */
export interface Documents {
  readonly identity?: Json;
  readonly boundary?: Json;
  readonly session?: Json;
  readonly resource?: Json;
  readonly trust?: Json;
}

export interface Asked extends Partial<Omit<Question, "caller">> {
  readonly caller?: Partial<Question["caller"]>;
}

export type Verdict = "yes" | `${"no" | "denied"} by ${"identity" | "boundary" | "session" | "resource"}`;

/** One statement is a document of its own, in the version with variables. */
export function document(statements: Json, version = "2012-10-17"): Json {
  return { Version: version, Statement: statements };
}

export function allow(more: { readonly [key: string]: Json } = {}): { readonly [key: string]: Json } {
  return { Effect: "Allow", ...everything(more), ...more };
}

export function deny(more: { readonly [key: string]: Json } = {}): { readonly [key: string]: Json } {
  return { Effect: "Deny", ...everything(more), ...more };
}

/** All actions and all resources, where a statement does not say otherwise. */
function everything(more: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  return {
    ...("NotAction" in more ? {} : { Action: "*" }),
    ...("NotResource" in more ? {} : { Resource: "*" }),
  };
}

export function questionOf({ caller, ...asked }: Asked): Question {
  const action = asked.action ?? "s3:GetObject";
  return {
    caller: { arn: ROLE, sessionArn: caller?.arn === undefined ? SESSION : null, ...caller },
    action,
    resource: "arn:aws:s3:::data/tiles/1.png",
    resourceAccount: ACCOUNT,
    context: {},
    ...asked,
  };
}

export function policiesOf({ identity, boundary, session, resource, trust }: Documents): Policies {
  const compiled = (value: Json | undefined, kind: "identity" | "resource" | "trust") =>
    value === undefined ? [] : [compile(isDocument(value) ? value : document(value), kind, kind)];
  return {
    identity: compiled(identity, "identity"),
    boundary: compiled(boundary, "identity")[0] ?? null,
    session: session === undefined ? null : compiled(session, "identity"),
    resource: [...compiled(resource, "resource"), ...compiled(trust, "trust")],
    resourceDecides: trust !== undefined,
  };
}

function isDocument(value: Json): boolean {
  return typeof value === "object" && value !== null && "Statement" in value;
}

export function verdictOf(decision: Decision): Verdict {
  if (decision.allowed) return "yes";
  return `${decision.statement === null ? "no" : "denied"} by ${decision.by}`;
}

export function ask(documents: Documents, asked: Asked = {}): Verdict {
  return verdictOf(evaluate(questionOf(asked), policiesOf(documents)));
}

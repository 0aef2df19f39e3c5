/** Random policies and requests, of few words so that they often meet. The same seed gives the same ones. */
import { ACCOUNT, OTHER_ACCOUNT, ROLE, SESSION, USER, type Asked, type Documents, type Json } from "./ask";

export interface Sample {
  readonly documents: Documents;
  readonly asked: Required<Asked>;
}

const ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage"];
const ACTION_PATTERNS = [
  ...ACTIONS,
  "*",
  "s3:*",
  "S3:get*",
  "s3:?etObject",
  "s3:*Object",
  "sqs:Send*",
  "iam:*",
];
const RESOURCES = [
  "arn:aws:s3:::data",
  "arn:aws:s3:::data/in/1",
  "arn:aws:s3:::data/ann/2",
  "arn:aws:s3:::data/*",
];
const RESOURCE_PATTERNS = [
  ...RESOURCES,
  "*",
  "arn:aws:s3:::data/*",
  "arn:aws:s3:::data/??/*",
  "arn:aws:s3:::d*/1",
  "arn:aws:s3:::data/${aws:username}/*",
  "arn:aws:s3:::data/${x:absent, 'in'}/1",
  "arn:aws:s3:::data/${*}",
  "arn:aws:s3:::data/${x:missing}",
];
const PRINCIPALS = [
  ROLE,
  SESSION,
  USER,
  ACCOUNT,
  `arn:aws:iam::${ACCOUNT}:root`,
  `${SESSION}2`,
  OTHER_ACCOUNT,
  "*",
];
const STRINGS = ["in", "In", "ann", "i*", "${aws:username}", "${x:missing}", "a?n", "*"];
const CONDITIONS: Readonly<Record<string, { readonly key: string; readonly values: readonly string[] }>> = {
  StringEquals: { key: "s3:prefix", values: STRINGS },
  StringNotEquals: { key: "S3:Prefix", values: STRINGS },
  StringEqualsIgnoreCase: { key: "s3:prefix", values: STRINGS },
  StringNotEqualsIgnoreCase: { key: "s3:prefix", values: STRINGS },
  StringLike: { key: "s3:prefix", values: STRINGS },
  StringNotLike: { key: "s3:prefix", values: STRINGS },
  ArnLike: {
    key: "ecs:cluster",
    values: ["arn:aws:ecs:*:1:cluster/a", "arn:aws:ecs:e:1:cluster/b", "arn:*:ecs:*:1:*"],
  },
  ArnNotEquals: { key: "ecs:cluster", values: ["arn:aws:ecs:e:1:cluster/a", "arn:aws:ecs:e:*:cluster/?"] },
  Bool: { key: "aws:SecureTransport", values: ["true", "false"] },
  NumericEquals: { key: "s3:max-keys", values: ["1", "10", "10.0"] },
  NumericLessThan: { key: "s3:max-keys", values: ["2", "10"] },
  NumericGreaterThanEquals: { key: "s3:max-keys", values: ["2", "10"] },
  NumericNotEquals: { key: "s3:max-keys", values: ["1", "10"] },
  DateLessThan: { key: "aws:CurrentTime", values: ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00+01:00"] },
  IpAddress: { key: "aws:SourceIp", values: ["10.0.0.0/8", "10.1.2.3", "192.168.0.0/16"] },
  NotIpAddress: { key: "aws:SourceIp", values: ["10.0.0.0/8", "192.168.0.0/16"] },
};
const SET_VALUES = ["team", "cost", "owner", "t*"];

/** mulberry32: small, and good enough to shuffle words. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function sampleOf(random: () => number): Sample {
  const often = (chance: number): boolean => random() < chance;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const some = (all: readonly string[]): Json =>
    often(0.6) ? pick(all) : Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(all));

  function condition(): Json {
    const blocks: Record<string, Json> = {};
    for (let count = often(0.7) ? 1 : 2; count > 0; count -= 1) {
      if (often(0.15)) blocks["Null"] = { "s3:prefix": pick(["true", "false"]) };
      else if (often(0.25)) {
        const operator = pick(["StringEquals", "StringLike", "StringNotEquals", "StringNotLike"]);
        const set = pick(["ForAllValues", "ForAnyValue"]);
        blocks[`${set}:${operator}${often(0.2) ? "IfExists" : ""}`] = { "aws:TagKeys": some(SET_VALUES) };
      } else {
        const operator = pick(Object.keys(CONDITIONS));
        const { key, values } = CONDITIONS[operator] as { key: string; values: readonly string[] };
        blocks[`${operator}${often(0.25) ? "IfExists" : ""}`] = { [key]: some(values) };
      }
    }
    return blocks;
  }

  function statement(withPrincipal: boolean): Json {
    const denies = often(0.15);
    const names = some(PRINCIPALS);
    const principal = names === "*" ? "*" : { AWS: names };
    return {
      Effect: denies ? "Deny" : "Allow",
      ...(often(0.85) ? { Action: some(ACTION_PATTERNS) } : { NotAction: some(ACTION_PATTERNS) }),
      ...(often(0.85) ? { Resource: some(RESOURCE_PATTERNS) } : { NotResource: some(RESOURCE_PATTERNS) }),
      ...(!withPrincipal
        ? {}
        : denies && often(0.3)
          ? { NotPrincipal: { AWS: names } }
          : { Principal: principal }),
      ...(often(0.4) ? { Condition: condition() } : {}),
    };
  }

  const statements = (withPrincipal = false): Json =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(withPrincipal));
  const documents: Documents = {
    ...(often(0.9) ? { identity: statements() } : {}),
    ...(often(0.25) ? { boundary: statements() } : {}),
    ...(often(0.25) ? { session: statements() } : {}),
    ...(often(0.4) ? { resource: statements(true) } : {}),
  };
  const present: Record<string, string | readonly string[]> = {
    "s3:prefix": pick(["in", "IN", "ann", "i*"]),
    "s3:max-keys": pick(["1", "2", "10"]),
    "ecs:cluster": pick([
      "arn:aws:ecs:e:1:cluster/a",
      "arn:aws:ecs:e:1:cluster/b",
      "arn:aws:ecs:e:2:cluster/a",
    ]),
    "aws:SecureTransport": pick(["true", "false"]),
    "aws:CurrentTime": pick(["2025-12-31T23:59:59Z", "2026-11-20T10:00:00Z"]),
    "aws:SourceIp": pick(["10.1.2.3", "192.168.7.7", "127.0.0.1"]),
    "aws:TagKeys": pick([["team"], ["team", "cost"], ["owner"], []]),
    "aws:username": pick(["ann", "in", "*"]),
  };
  const isUser = often(0.2);
  return {
    documents,
    asked: {
      caller: isUser ? { arn: USER, sessionArn: null } : { arn: ROLE, sessionArn: SESSION },
      action: pick(ACTIONS),
      resource: pick(RESOURCES),
      resourceAccount: often(0.9) ? ACCOUNT : OTHER_ACCOUNT,
      context: Object.fromEntries(Object.entries(present).filter(() => often(0.75))),
    },
  };
}

/** The identities of `--policies FILE`: users with their keys, roles, and the policies that resources carry. */
import { z } from "zod";
import { compile, MalformedPolicy, type PolicyKind } from "../iam/document";
import type { Policy } from "../iam/evaluate";
import type { Identities, Role, User } from "../iam/identities";
import { managedPolicy } from "../iam/managed-policies";
import { InputFileError, readInputFile } from "./input-file";

/** Who signs with which secret. */
export interface UserKey {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Policies {
  readonly identities: Identities;
  readonly keys: readonly UserKey[];
}

const document = z.unknown().refine((value) => typeof value === "object" && value !== null, {
  error: "must be a policy document: an object with Version and Statement",
});
const attached = {
  policies: z.array(document).default([]),
  managedPolicies: z.array(z.string().startsWith("arn:", "must be an ARN")).default([]),
  boundary: document.optional(),
};
const NAME = /^[\w+=,.@-]{1,64}$/;
const name = z.string().regex(NAME, "a name has 1 to 64 letters, digits and +=,.@-_");
const schema = z.strictObject(
  {
    users: z
      .record(
        name,
        z.strictObject({
          accessKeyId: z.string().regex(/^\w{16,128}$/, "must be 16 to 128 letters and digits"),
          secretAccessKey: z.string().min(1, "must not be empty"),
          ...attached,
        }),
      )
      .default({}),
    roles: z.record(name, z.strictObject({ trust: document, ...attached })).default({}),
    resources: z.record(z.string(), document).default({}),
  },
  { error: ({ code }) => (code === "invalid_type" ? "it must have users, roles or resources" : undefined) },
);

type Attached = Pick<z.infer<typeof schema>["roles"][string], "policies" | "managedPolicies" | "boundary">;

/** Throws InputFileError. */
export function readPolicies(path: string, accountId: string): Policies {
  const file = readInputFile("--policies", path, schema);
  const wrong = (what: string): InputFileError => new InputFileError(`--policies ${path}: ${what}`);
  const read = (value: unknown, key: string, kind: PolicyKind): Policy => {
    try {
      return compile(value, key, kind);
    } catch (error) {
      throw error instanceof MalformedPolicy ? wrong(error.message) : error;
    }
  };
  const managed = (arn: string): Policy | null => {
    const known = managedPolicy(arn);
    return known === null ? null : compile(known, arn, "identity");
  };
  const attachedTo = (key: string, { policies, managedPolicies, boundary }: Attached) => ({
    policies: [
      ...policies.map((each, index) => read(each, `${key}.policies.${String(index)}`, "identity")),
      ...managedPolicies.map((arn, index) => {
        const policy = managed(arn);
        if (policy !== null) return policy;
        throw wrong(
          `${key}.managedPolicies.${String(index)}: ${arn} is not known here; write its document under ${key}.policies`,
        );
      }),
    ],
    boundary: boundary === undefined ? null : read(boundary, `${key}.boundary`, "identity"),
  });
  const users = Object.entries(file.users).map(([user, fields]): User => {
    return { arn: `arn:aws:iam::${accountId}:user/${user}`, ...attachedTo(`users.${user}`, fields) };
  });
  const roles = Object.entries(file.roles).map(([role, fields], index): Role => ({
    arn: `arn:aws:iam::${accountId}:role/${role}`,
    name: role,
    label: role,
    trust: read(fields.trust, `roles.${role}.trust`, "trust"),
    ...attachedTo(`roles.${role}`, fields),
    uniqueId: `AROALOCAL${String(index).padStart(12, "0")}`,
    tags: {},
  }));
  const resources = Object.entries(file.resources).map(
    ([arn, each]) => [arn, [read(each, `resources.${arn}`, "resource")]] as const,
  );
  return {
    keys: keysOf(file.users, accountId, wrong),
    identities: {
      accountId,
      users: new Map(users.map((user) => [user.arn, user])),
      roles: new Map(roles.map((role) => [role.arn, role])),
      managed,
      resources: new Map(resources),
      keys: new Map(),
      tags: new Map(),
      speakOfTime: /aws:(CurrentTime|EpochTime)/i.test(JSON.stringify(file)),
      gaps: [],
    },
  };
}

function keysOf(
  users: z.infer<typeof schema>["users"],
  accountId: string,
  wrong: (what: string) => InputFileError,
): readonly UserKey[] {
  const owners = new Map<string, string>();
  return Object.entries(users).map(([user, { accessKeyId, secretAccessKey }]) => {
    const owner = owners.get(accessKeyId);
    if (owner !== undefined)
      throw wrong(`users.${user}.accessKeyId: ${accessKeyId} is ${owner}'s; every user has a key of its own`);
    owners.set(accessKeyId, user);
    return { arn: `arn:aws:iam::${accountId}:user/${user}`, accessKeyId, secretAccessKey };
  });
}

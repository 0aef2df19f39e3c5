/** Who calls what: identities by access key, and a record of each (role, action, resource) that a run used. */
import { randomBytes } from "node:crypto";

/** An IAM principal: a deployed role, or the person at the laptop. */
export interface Principal {
  readonly arn: string;
}

/** Keys as an SDK takes them from its environment. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** One use of a right, counted. */
export interface AccessRecord {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly count: number;
}

/** What an operation does, in IAM's words: `states:GetActivityTask` on an ARN (or `*`). */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
}

/** The identities of the local cloud. Every call passes `use`, on the wire or on a role's behalf. */
export interface Access {
  /** New credentials of a principal; any number may exist at once. */
  issue(principalArn: string): Credentials;
  /** Null when nobody has that key. */
  principalOf(accessKeyId: string): Principal | null;
  /** Records the use; later also refuses what the deployed documents do not allow. */
  use(principal: Principal, request: AccessRequest): void;
  records(): readonly AccessRecord[];
}

export function createAccess(): Access {
  const principals = new Map<string, Principal>();
  const uses = new Map<string, AccessRecord>();
  return {
    issue(principalArn) {
      const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
      principals.set(accessKeyId, { arn: principalArn });
      return {
        accessKeyId,
        secretAccessKey: randomBytes(20).toString("hex"),
        sessionToken: randomBytes(20).toString("hex"),
      };
    },
    principalOf: (accessKeyId) => principals.get(accessKeyId) ?? null,
    use(principal, { action, resource }) {
      const key = `${principal.arn} ${action} ${resource}`;
      uses.set(key, { principal: principal.arn, action, resource, count: (uses.get(key)?.count ?? 0) + 1 });
    },
    records: () => [...uses.values()],
  };
}

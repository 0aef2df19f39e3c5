/**
 * Who calls what: identities by access key, a judgement of each call by the deployed documents, and a record of each
 * (role, action, resource) that a run used.
 */
import { randomBytes } from "node:crypto";
import type { Decision } from "../iam/evaluate";
import { createGrants, type Grants } from "../iam/grants";
import type { Identities } from "../iam/identities";
import { callsOfKms } from "../iam/keys";
import {
  callerOf,
  createJudge,
  type AccessRequest,
  type Call,
  type IamMode,
  type Principal,
} from "../iam/judge";
import { refusalCode, refusalMessage } from "../iam/refusal";
import { ServiceError } from "./service";

export type { AccessRequest, IamMode, Principal } from "../iam/judge";

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

/** The identities of the local cloud. Every call passes here, on the wire or on a role's behalf. */
export interface Access {
  readonly mode: IamMode;
  /** New credentials of a principal (or of the one with this ARN); any number may exist at once. */
  issue(principal: Principal | string, untilMs?: number): Credentials;
  /** Null when nobody has that key, or not any more. */
  principalOf(accessKeyId: string): Principal | null;
  /** Notes the use. Under `strict` throws AccessDenied when the documents do not allow it. */
  use(principal: Principal, request: AccessRequest): void;
  /** As `use`, where AWS goes on without what was refused, as it does with logs and traces: false when it is to be left out. */
  allows(principal: Principal, request: AccessRequest): boolean;
  /**
   * A service takes on a role for the resource `sourceArn`, as the role's trust policy allows; gives the role. Under
   * `strict` throws AccessDenied when it does not allow that.
   */
  assume(service: string, role: Principal, sourceArn: string): Principal;
  records(): readonly AccessRecord[];
  /** Each kind of call, by role, action, resource and context, as far as they are kept. */
  calls(): readonly Call[];
  /** Each kind of call that the documents do not allow. */
  refused(): readonly Call[];
  /** Null where there are no documents: then everything is allowed, and nothing granted. */
  readonly identities: Identities | null;
  readonly grants: Grants | null;
}

/** A call that the deployed documents do not allow, in AWS's words. */
export class AccessDenied extends ServiceError {
  override readonly name: string;
  constructor(message: string, { code, status }: ReturnType<typeof refusalCode>) {
    super(code, message, status);
    this.name = code;
  }
}

export interface AccessOptions {
  /** @default none: everything is allowed. */
  readonly identities?: Identities;
  /** @default report */
  readonly mode?: IamMode;
  readonly region?: string;
  readonly now?: () => number;
}

/** Kinds of calls that are kept for each session, and sessions; what is beyond is judged anew each time, and not listed. */
const KEPT = 5_000;
const ALLOWED: Decision = { allowed: true, statements: [] };

interface KeptCall extends Call {
  count: number;
  /** What the service calls at KMS for it, with the caller's rights. */
  readonly kms: readonly AccessRequest[];
}

/** Of one session: what it did, by what was asked. */
type Calls = Map<string, KeptCall>;

export function createAccess(options: AccessOptions = {}): Access {
  const { identities, mode = "report", region = "us-east-1", now = Date.now } = options;
  const keys = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();
  const judge = identities === undefined ? null : createJudge(identities, { region, now });
  const grants = identities === undefined ? null : createGrants(identities);
  const sessions = new Map<string | Principal, Calls>();
  const refused = new Map<string, KeptCall>();

  function callsOf(principal: Principal): Calls {
    const { arn, sessionName = "", sessionPolicies, sessionTags } = principal;
    // A session with policies or tags of its own is unlike any other, whatever its name.
    const key = (sessionPolicies ?? sessionTags) === undefined ? `${arn} ${sessionName}` : principal;
    let calls = sessions.get(key);
    if (calls === undefined) {
      calls = new Map();
      if (sessions.size < KEPT) sessions.set(key, calls);
    }
    return calls;
  }

  /** What was judged before is not judged again: nearly every call is like an earlier one. */
  function judged(principal: Principal, request: AccessRequest): KeptCall {
    const calls = callsOf(principal);
    const key = keyOf(request);
    const known = calls.get(key);
    if (known !== undefined && judge?.isConstantFor(principal) !== false) {
      known.count += 1;
      return known;
    }
    const decision = judge?.judge(principal, request) ?? ALLOWED;
    const kms = identities === undefined || !decision.allowed ? [] : callsOfKms(identities.keys, request);
    const call = { principal, request, decision, count: (known?.count ?? 0) + 1, kms };
    if (known !== undefined || calls.size < KEPT) calls.set(key, call);
    if (!decision.allowed) {
      if (refused.size < KEPT) refused.set(`${principal.arn} ${key}`, call);
    } else for (const statement of decision.statements) grants?.use(principal.arn, statement, request);
    return call;
  }

  function use(principal: Principal, request: AccessRequest): void {
    const { decision, kms } = judged(principal, request);
    for (const call of kms) use(principal, call);
    if (decision.allowed || mode === "report") return;
    const { sessionArn, arn } = callerOf(principal);
    throw new AccessDenied(refusalMessage(sessionArn ?? arn, request, decision), refusalCode(request.action));
  }

  return {
    mode,
    identities: identities ?? null,
    grants,
    issue(principal, untilMs = Number.POSITIVE_INFINITY) {
      const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
      keys.set(accessKeyId, {
        principal: typeof principal === "string" ? { arn: principal } : principal,
        untilMs,
      });
      return {
        accessKeyId,
        secretAccessKey: randomBytes(20).toString("hex"),
        sessionToken: randomBytes(20).toString("hex"),
      };
    },
    principalOf(accessKeyId) {
      const key = keys.get(accessKeyId);
      if (key === undefined) return null;
      if (key.untilMs > now()) return key.principal;
      keys.delete(accessKeyId);
      return null;
    },
    use,
    allows: (principal, request) => judged(principal, request).decision.allowed || mode === "report",
    assume(service, role, sourceArn) {
      const context = { "aws:SourceArn": sourceArn, "aws:SourceAccount": sourceArn.split(":")[4] ?? "" };
      use({ arn: service }, { action: "sts:AssumeRole", resource: role.arn, context });
      return role;
    },
    refused: () => [...refused.values()],
    calls: () => [
      ...new Set([...refused.values(), ...[...sessions.values()].flatMap((calls) => [...calls.values()])]),
    ],
    records() {
      const records = new Map<string, AccessRecord>();
      for (const { principal, request, count } of [...sessions.values()].flatMap((calls) => [
        ...calls.values(),
      ])) {
        const { action, resource } = request;
        const key = `${principal.arn} ${action} ${resource}`;
        const before = records.get(key)?.count ?? 0;
        records.set(key, { principal: principal.arn, action, resource, count: before + count });
      }
      return [...records.values()];
    },
  };
}

function keyOf({ action, resource, context }: AccessRequest): string {
  return context === undefined ? `${action} ${resource}` : `${action} ${resource} ${JSON.stringify(context)}`;
}

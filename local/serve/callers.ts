/** Who calls these endpoints: anybody, as the person at the laptop; or, with policies, whoever signs with a known key. */
import { createAccess, type Access, type Credentials } from "../cloud/access";
import type { Authenticate } from "../cloud/server";
import { presignedProblem } from "../cloud/signature/presigned";
import { refusedCaller, type Refusal } from "../cloud/signature/refused-caller";
import { isSignedWith } from "../cloud/signature/signature";
import type { Principal } from "../iam/judge";
import type { Policies } from "./policies";

export interface Callers {
  readonly access: Access;
  readonly authenticate: Authenticate;
}

/** Any credentials do, and may do everything; a role that was taken on is itself. */
export function anybody(person: Principal, region: string): Callers {
  const base = createAccess({ region });
  const access = { ...base, principalOf: (key: string) => base.principalOf(key) ?? person };
  return { access, authenticate: ({ accessKeyId }) => ({ caller: access.principalOf(accessKeyId) }) };
}

interface Key {
  readonly principal: Principal;
  readonly secret: string;
  /** Null: a user's own key, which needs none. */
  readonly token: string | null;
  readonly untilMs: number;
}

/** Keys of the file and of roles that were taken on, with their secrets; every call is judged, and refused as AWS does. */
export function signers({ identities, keys: own }: Policies, region: string, now: () => number): Callers {
  const base = createAccess({ identities, mode: "strict", region, now });
  const keys = new Map<string, Key>(
    own.map(({ arn, accessKeyId, secretAccessKey }) => [
      accessKeyId,
      { principal: { arn }, secret: secretAccessKey, token: null, untilMs: Number.POSITIVE_INFINITY },
    ]),
  );
  const isLive = ({ untilMs }: Key): boolean => untilMs > now();
  const access: Access = {
    ...base,
    issue(principal, untilMs = Number.POSITIVE_INFINITY): Credentials {
      const credentials = base.issue(principal, untilMs);
      keys.set(credentials.accessKeyId, {
        principal: typeof principal === "string" ? { arn: principal } : principal,
        secret: credentials.secretAccessKey,
        token: credentials.sessionToken,
        untilMs,
      });
      return credentials;
    },
    principalOf(accessKeyId) {
      const key = keys.get(accessKeyId);
      return key !== undefined && isLive(key) ? key.principal : null;
    },
  };
  return {
    access,
    authenticate(authorization, request) {
      const refuse = (refusal: Refusal): ReturnType<Authenticate> => {
        const type = String(request.headers["content-type"] ?? "");
        return { refused: refusedCaller(authorization.service, type, refusal) };
      };
      const key = keys.get(authorization.accessKeyId);
      if (key === undefined) return refuse("unknown-key");
      if (key.token !== null && request.headers["x-amz-security-token"] !== key.token)
        return refuse("wrong-token");
      if (!isLive(key)) return refuse("expired-token");
      if (!isSignedWith(key.secret, authorization, request)) return refuse("wrong-signature");
      const problem = presignedProblem(request, now());
      if (problem !== null) return refuse(problem);
      return { caller: key.principal };
    },
  };
}

/** Judges what principals of a resource graph do: brings the policies that bear on it, and the context that AWS would have. */
import { evaluate, type Caller, type Context, type Decision, type Policies, type Policy } from "./evaluate";
import type { Identities, Role } from "./identities";

/** Who calls: a role, a user, or an AWS service by its name, such as `scheduler.amazonaws.com`. */
export interface Principal {
  readonly arn: string;
  /** Of a role: the name of this session. @default LOCAL_SESSION */
  readonly sessionName?: string;
  /** What AssumeRole was given to restrict this session by. */
  readonly sessionPolicies?: readonly Policy[];
  readonly sessionTags?: Readonly<Record<string, string>>;
}

/** What an operation does, in IAM's words: `states:GetActivityTask` on an ARN (or `*`). */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  /** The condition keys that AWS has for this action, such as `ecs:cluster`. */
  readonly context?: Context;
}

/** One kind of call, as it was judged. */
export interface Call {
  readonly principal: Principal;
  readonly request: AccessRequest;
  readonly decision: Decision;
  readonly count: number;
}

/** `report`: a call that the documents refuse is noted, and goes through. `strict`: it is refused, as on AWS. */
export type IamMode = "report" | "strict";

export interface Judge {
  judge(principal: Principal, request: AccessRequest): Decision;
  /** False where a document may speak of the time: then the same question may have another answer later. */
  isConstantFor(principal: Principal): boolean;
}

/** The session of a role of which nothing else is known. */
const LOCAL_SESSION = "local";
/** The person at the laptop: as the administrator that deployed the program. */
const ADMINISTRATOR: Policies["identity"] = [
  {
    name: "AdministratorAccess",
    statements: [
      {
        policy: "AdministratorAccess",
        sid: null,
        effect: "Allow",
        principals: null,
        actions: { not: true, patterns: [] },
        resources: { not: true, patterns: [] },
        conditions: [],
      },
    ],
  },
];

export function createJudge(
  identities: Identities,
  { region, now }: { readonly region: string; readonly now: () => number },
): Judge {
  function policiesFor(principal: Principal, { action, resource }: AccessRequest): Policies {
    const role = identities.roles.get(principal.arn) ?? identities.users?.get(principal.arn);
    const isTrust = action.startsWith("sts:AssumeRole") || action === "sts:TagSession";
    const trust = isTrust ? identities.roles.get(resource)?.trust : undefined;
    const ofResource = trust === undefined ? policiesOf(identities, resource) : [trust];
    return {
      identity:
        role?.policies ??
        (identities.users === undefined && principal.arn.includes(":user/") ? ADMINISTRATOR : []),
      boundary: role?.boundary ?? null,
      session: principal.sessionPolicies ?? null,
      resource: ofResource,
      // Of a key that is not declared here nothing is known: it is taken to leave it to the identities, as keys do.
      resourceDecides: isTrust || (action.startsWith("kms:") && ofResource.length > 0),
    };
  }

  function contextOf(principal: Principal, request: AccessRequest): Context {
    const role = identities.roles.get(principal.arn);
    const nowMs = now();
    return {
      // Loopback has no TLS, and needs none: what AWS's clients would send over TLS is judged as if it had come so.
      "aws:SecureTransport": "true",
      "aws:SourceIp": "127.0.0.1",
      "aws:ViaAWSService": "false",
      "aws:RequestedRegion": region,
      "aws:CurrentTime": new Date(nowMs).toISOString(),
      "aws:EpochTime": String(Math.floor(nowMs / 1000)),
      "aws:ResourceAccount": accountOf(request.resource) || identities.accountId,
      ...tagKeys("aws:ResourceTag", identities.tags.get(request.resource)),
      ...principalKeys(principal, role),
      ...request.context,
    };
  }

  return {
    judge: (principal, request) =>
      evaluate(
        {
          caller: callerOf(principal),
          action: request.action,
          resource: request.resource,
          resourceAccount: accountOf(request.resource) || identities.accountId,
          get context() {
            return contextOf(principal, request);
          },
        },
        policiesFor(principal, request),
      ),
    isConstantFor: ({ sessionPolicies }) => sessionPolicies === undefined && !identities.speakOfTime,
  };
}

/** How AWS names a principal to others: a role by its session. */
export function callerOf({ arn, sessionName = LOCAL_SESSION }: Principal): Caller {
  const [, partition = "", account = "", name = ""] =
    /^arn:([\w-]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  const sessionArn =
    name === "" ? null : `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`;
  return { arn, sessionArn };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function principalKeys(principal: Principal, role: Role | undefined): Context {
  if (!principal.arn.startsWith("arn:"))
    return { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal.arn };
  const { sessionName = LOCAL_SESSION, sessionTags } = principal;
  const name = principal.arn.slice(principal.arn.lastIndexOf("/") + 1);
  return {
    "aws:PrincipalArn": principal.arn,
    "aws:PrincipalAccount": accountOf(principal.arn),
    "aws:PrincipalIsAWSService": "false",
    ...tagKeys("aws:PrincipalTag", { ...role?.tags, ...sessionTags }),
    ...(principal.arn.includes(":role/")
      ? { "aws:PrincipalType": "AssumedRole", "aws:userid": `${role?.uniqueId ?? ""}:${sessionName}` }
      : { "aws:PrincipalType": "User", "aws:userid": name, "aws:username": name }),
  };
}

function tagKeys(prefix: string, tags: Readonly<Record<string, string>> = {}): Context {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}

/** An object has its bucket's policy, a version or alias its function's. */
function policiesOf({ resources }: Identities, resource: string): readonly Policy[] {
  const owner = resource.startsWith("arn:aws:s3:::")
    ? resource.split("/")[0]
    : /^(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+)/.exec(resource)?.[1];
  return resources.get(resource) ?? resources.get(owner ?? "") ?? [];
}

function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

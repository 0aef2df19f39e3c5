/** STS: AssumeRole, and GetCallerIdentity, by which people and SDKs ask who they are. Query protocol, answers in XML. */
import { randomUUID } from "node:crypto";
import { compile, MalformedPolicy } from "../iam/document";
import type { Policy } from "../iam/evaluate";
import type { Identities } from "../iam/identities";
import { callerOf } from "../iam/judge";
import type { Access, Principal } from "./access";
import { ServiceError, type CloudResponse, type Service } from "./service";
import { escapeXml } from "./xml";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const XML = { "Content-Type": "text/xml" };
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const LONGEST_POLICY = 2048;
const DEFAULT_SECONDS = 3600;
const SHORTEST_SECONDS = 900;
/** A role's own default of MaxSessionDuration, and the most for a role that takes on another. */
const LONGEST_SECONDS = 3600;

export interface StsOptions {
  /** Managed policies that a session may name. @default none */
  readonly identities?: Identities;
  readonly now?: () => number;
}

export function createSts(access: Access, options: StsOptions = {}): Service {
  const operations: Readonly<Record<string, (input: URLSearchParams, caller: Principal) => string>> = {
    GetCallerIdentity: (_, caller) => {
      // Needs no permission, and none can be denied: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
      const account = caller.arn.split(":")[4] ?? "";
      return tags({ Arn: nameOf(caller), UserId: userId(caller), Account: account });
    },
    AssumeRole: (input, caller) => assumeRole(access, options, input, caller),
  };
  return {
    signingName: "sts",
    handle({ body, caller }) {
      const input = new URLSearchParams(body.toString("utf8"));
      const action = input.get("Action") ?? "";
      try {
        const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
        if (operation === undefined) {
          const known = Object.keys(operations).join(" and ");
          throw new ServiceError("InvalidAction", `The local cloud's STS has ${known}, not ${action}.`);
        }
        const result = `<${action}Result>${operation(input, caller)}</${action}Result>`;
        const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
        return Promise.resolve({
          status: 200,
          headers: XML,
          body: `<${action}Response xmlns="${NAMESPACE}">${result}${metadata}</${action}Response>`,
        });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return Promise.resolve(errorResponse(error));
      }
    },
  };
}

function assumeRole(access: Access, options: StsOptions, input: URLSearchParams, caller: Principal): string {
  const { identities, now = Date.now } = options;
  const roleArn = required(input, "RoleArn", /^arn:[\w-]+:iam::\d{12}:role\/.+$/);
  const sessionName = required(input, "RoleSessionName", SESSION_NAME);
  const seconds = Number(input.get("DurationSeconds") ?? DEFAULT_SECONDS);
  if (!(seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS)) {
    throw invalid(
      `The requested DurationSeconds is ${String(SHORTEST_SECONDS)} to ${String(LONGEST_SECONDS)}, got ${String(seconds)}`,
    );
  }
  const sessionTags = membersOf(input, "Tags").map((at) => [
    input.get(`${at}.Key`) ?? "",
    input.get(`${at}.Value`) ?? "",
  ]);
  const externalId = input.get("ExternalId");
  const context = {
    "sts:RoleSessionName": sessionName,
    ...(externalId === null ? {} : { "sts:ExternalId": externalId }),
    ...Object.fromEntries(sessionTags.map(([key, value]) => [`aws:RequestTag/${key ?? ""}`, value ?? ""])),
    ...(sessionTags.length === 0 ? {} : { "aws:TagKeys": sessionTags.map(([key]) => key ?? "") }),
  };
  access.use(caller, { action: "sts:AssumeRole", resource: roleArn, context });
  if (sessionTags.length > 0) access.use(caller, { action: "sts:TagSession", resource: roleArn, context });
  const sessionPolicies = sessionPoliciesOf(input, identities);
  const untilMs = now() + seconds * 1000;
  const role: Principal = {
    arn: roleArn,
    sessionName,
    ...(sessionPolicies.length === 0 ? {} : { sessionPolicies }),
    ...(sessionTags.length === 0
      ? {}
      : { sessionTags: Object.fromEntries(sessionTags) as Record<string, string> }),
  };
  const { accessKeyId, secretAccessKey, sessionToken } = access.issue(role, untilMs);
  const roleId = identities?.roles.get(roleArn)?.uniqueId ?? "AROA";
  const user = tags({ Arn: nameOf(role), AssumedRoleId: `${roleId}:${sessionName}` });
  const credentials = tags({
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(untilMs).toISOString(),
  });
  return `<AssumedRoleUser>${user}</AssumedRoleUser><Credentials>${credentials}</Credentials>`;
}

/** What the session is restricted by: a document of its own, and managed policies. */
function sessionPoliciesOf(input: URLSearchParams, identities: Identities | undefined): readonly Policy[] {
  const document = input.get("Policy");
  if ((document?.length ?? 0) > LONGEST_POLICY)
    throw new ServiceError(
      "PackedPolicyTooLarge",
      `The policy has more than ${String(LONGEST_POLICY)} characters.`,
    );
  try {
    const own = document === null ? [] : [compile(document, "session policy", "identity")];
    const managed = membersOf(input, "PolicyArns").map((at) => {
      const arn = input.get(`${at}.arn`) ?? "";
      const policy = identities?.managed(arn) ?? null;
      if (policy === null) throw invalid(`The policy ${arn} is not declared by this program`);
      return policy;
    });
    return [...own, ...managed];
  } catch (error) {
    if (error instanceof MalformedPolicy) throw new ServiceError("MalformedPolicyDocument", error.message);
    throw error;
  }
}

/** The prefixes of a list's members, as the query protocol numbers them: `Tags.member.1`. */
function membersOf(input: URLSearchParams, name: string): readonly string[] {
  const prefixes = [...input.keys()].flatMap((key) => new RegExp(`^${name}\\.member\\.\\d+`).exec(key) ?? []);
  return [...new Set(prefixes)];
}

function required(input: URLSearchParams, name: string, shape: RegExp): string {
  const value = input.get(name) ?? "";
  if (shape.test(value)) return value;
  const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${shape.source}`,
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}

/** As AWS names a caller: a role by its session. */
function nameOf(principal: Principal): string {
  const { arn, sessionArn } = callerOf(principal);
  return sessionArn ?? arn;
}

function userId({ arn }: Principal): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function tags(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join("");
}

function errorResponse({ code, message, status }: ServiceError): CloudResponse {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const requestId = `<RequestId>${randomUUID()}</RequestId>`;
  return {
    status,
    headers: XML,
    body: `<ErrorResponse xmlns="${NAMESPACE}">${error}${requestId}</ErrorResponse>`,
  };
}

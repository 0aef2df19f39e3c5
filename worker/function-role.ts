/** Sessions of the function's role (D8): assumed with the worker's own rights, renewed long before they expire. */
import type { Clock } from "./clock";
import type { Log } from "./log";

/** Keys as the container credentials protocol gives them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
}

/** The longest that a role may have another one. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const SESSION_SECONDS = 3_600;
/** SDKs ask again in the last 5 to 15 minutes: they then find credentials that have more than that left. */
const RENEW_MS = 1_800_000;

/** Assumes the role, once. */
export type AssumeRole = (sessionName: string, policy: string | undefined) => Promise<SessionCredentials>;

export interface RoleSession {
  /** Rejects when there are none that are valid. */
  credentials(): Promise<SessionCredentials>;
}

/** `policy`: narrows the role to less. */
export function openRoleSession(
  assume: AssumeRole,
  { sessionName, policy, clock, log }: { sessionName: string; policy?: string; clock: Clock; log: Log },
): RoleSession {
  let held: SessionCredentials | null = null;
  let renewing: Promise<SessionCredentials> | null = null;
  const renew = async (): Promise<SessionCredentials> => {
    try {
      held = await assume(sessionName, policy);
      return held;
    } catch (error) {
      const valid = held !== null && held.expiresMs > clock.now();
      const { name, message } = error as Error;
      log("FunctionRoleRefused", { error: name, reason: message, stillValid: valid });
      if (held !== null && valid) return held;
      throw error;
    } finally {
      renewing = null;
    }
  };
  return {
    credentials() {
      if (held !== null && held.expiresMs - clock.now() > RENEW_MS) return Promise.resolve(held);
      return (renewing ??= renew());
    },
  };
}

/** Over STS; its client is loaded when it is needed. Throttling is tried again by the client itself. */
export function assumeRoleOverSts(roleArn: string, region: string): AssumeRole {
  let client: Promise<
    (sessionName: string, policy: string | undefined) => Promise<SessionCredentials>
  > | null = null;
  const load = async (): Promise<AssumeRole> => {
    const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
    const sts = new STSClient({ region });
    return async (RoleSessionName, Policy) => {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName,
          Policy,
          DurationSeconds: SESSION_SECONDS,
        }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      return {
        accessKeyId: AccessKeyId ?? "",
        secretAccessKey: SecretAccessKey ?? "",
        sessionToken: SessionToken ?? "",
        expiresMs: Expiration?.getTime() ?? 0,
      };
    };
  };
  return async (sessionName, policy) => (await (client ??= load()))(sessionName, policy);
}

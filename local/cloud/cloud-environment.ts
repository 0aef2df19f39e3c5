/** What a program finds in its environment to call this cloud: its endpoint, its region, and a role's credentials. */
import type { Access, Credentials, Principal } from "./access";

export function cloudEnvironment(
  endpoint: string,
  region: string,
  credentials: Credentials | null,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(credentials === null
      ? {}
      : {
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
        }),
  };
}

/** New credentials each time: every program has its own. Null: a program without a role has none. */
export function environmentOfRoles(
  access: Access,
  endpoint: string,
  region: string,
): (role: Principal | null) => Record<string, string> {
  return (role) => cloudEnvironment(endpoint, region, role === null ? null : access.issue(role));
}

/** The endpoints alone, in this process, with clients that sign as users of a policies file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openServedCloud, type ServedCloud, type ServedCloudOptions } from "../../../local/serve/cloud";
import { readPolicies } from "../../../local/serve/policies";

export const ACCOUNT = "210987654321";
export const REGION = "eu-north-1";

export interface TestCloud extends ServedCloud {
  /** For the constructor of any SDK client. */
  client(accessKeyId?: string, secretAccessKey?: string, sessionToken?: string): ClientSettings;
  end(): Promise<void>;
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly forcePathStyle: boolean;
  readonly disableHostPrefix: boolean;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** `policies`: the text of a policies file. */
export async function openCloud(
  policies: string | null,
  functions: ServedCloudOptions["functions"] = [],
): Promise<TestCloud> {
  const runDirectory = mkdtempSync(join(tmpdir(), "loveless-endpoints-"));
  const file = join(runDirectory, "policies.yaml");
  if (policies !== null) writeFileSync(file, policies);
  const cloud = await openServedCloud({
    port: 0,
    region: REGION,
    accountId: ACCOUNT,
    minuteSeconds: 60,
    policies: policies === null ? null : readPolicies(file, ACCOUNT),
    functions,
    runDirectory,
    warn: () => undefined,
  });
  return {
    ...cloud,
    client: (accessKeyId = "any", secretAccessKey = "any", sessionToken) => ({
      endpoint: cloud.endpoint,
      region: REGION,
      maxAttempts: 1,
      forcePathStyle: true,
      disableHostPrefix: true,
      credentials: {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      },
    }),
    async end() {
      await cloud.close();
      rmSync(runDirectory, { recursive: true });
    },
  };
}

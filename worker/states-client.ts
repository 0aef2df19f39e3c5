/**
 * AWS's client for Step Functions, without what it works out anew for each call to the same end: a busy worker makes
 * two calls for each task, and they are most of what it costs (`npm run bench -- worker`).
 */
import { SFNClient, type SFNClientConfig } from "@aws-sdk/client-sfn";

/** Tries once. The poller and the report each try again in their own way, and log that they do. */
export function createStatesClient(config: SFNClientConfig): SFNClient {
  // The cache: the chain of a call is built once instead of for every call; nothing changes it after this.
  const client = new SFNClient({ ...config, maxAttempts: 1, cacheMiddleware: true });
  const { middlewareStack } = client;
  // It goes through every input and output for a log line that nobody has asked for.
  middlewareStack.remove("loggerMiddleware");
  // It keeps Lambda functions from calling themselves in circles; this is none.
  middlewareStack.remove("recursionDetectionMiddleware");
  // Others take their places in the chain by this one's name.
  middlewareStack.add((next) => next, {
    step: "finalizeRequest",
    priority: "high",
    name: "retryMiddleware",
    override: true,
  });
  fixUserAgent(client);
  fixSigner(client);
  return client;
}

/** The header stays as the SDK has it, but for its list of features used (m/…), which differs from call to call. */
function fixUserAgent(client: SFNClient): void {
  let userAgent: Promise<string> | undefined;
  client.middlewareStack.remove("getUserAgentMiddleware");
  client.middlewareStack.add(
    (next) => async (args) => {
      userAgent ??= describe(client);
      const { headers } = args.request as { readonly headers: Record<string, string> };
      headers["user-agent"] = await userAgent;
      return next(args);
    },
    { step: "build", name: "fixedUserAgent" },
  );
}

/** `["os/linux", "6.1"]` is os/linux#6.1, `["ua", "2.1"]` is ua/2.1, `["api/SFN", "3"]` is api/sfn#3. */
async function describe(client: SFNClient): Promise<string> {
  const sections = await client.config.defaultUserAgentProvider();
  return sections
    .map(([name, version]) => {
      const said = name.startsWith("api/") ? name.toLowerCase() : name;
      return version === undefined ? said : `${said}${said.includes("/") ? "#" : "/"}${version}`;
    })
    .join(" ");
}

/** The signer asks for credentials and for the time at each call by itself; region and service stay. */
function fixSigner({ config }: SFNClient): void {
  const create = config.signer;
  let signer: ReturnType<typeof create> | undefined;
  config.signer = (authScheme) => (signer ??= create(authScheme));
}

/** Who calls, as AWS's SDK says it, worked out once: for each call anew it costs a twentieth of the call. */
import type { SFNClient } from "@aws-sdk/client-sfn";

/** The header stays as the SDK has it, but for its list of features used (m/…), which differs from call to call. */
export function fixUserAgent(client: SFNClient): void {
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

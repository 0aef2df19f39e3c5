/** STS: GetCallerIdentity, by which people and SDKs ask who they are. Query protocol, answers in XML. */
import { randomUUID } from "node:crypto";
import type { Access } from "./access";
import type { Service } from "./service";
import { escapeXml } from "./xml";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const XML = { "Content-Type": "text/xml" };

export function createSts(access: Access): Service {
  return {
    signingName: "sts",
    handle({ body, caller }) {
      const action = new URLSearchParams(body.toString("utf8")).get("Action") ?? "";
      if (action !== "GetCallerIdentity") {
        const message = `The local cloud's STS has GetCallerIdentity alone, not ${action}.`;
        const error = `<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${escapeXml(message)}</Message></Error>`;
        return Promise.resolve({
          status: 400,
          headers: XML,
          body: `<ErrorResponse xmlns="${NAMESPACE}">${error}</ErrorResponse>`,
        });
      }
      // Needs no permission, and none can be denied: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
      access.use(caller, { action: "sts:GetCallerIdentity", resource: "*" });
      const identity = `<Arn>${escapeXml(sessionArn(caller.arn))}</Arn><UserId>${escapeXml(nameOf(caller.arn))}</UserId><Account>${caller.arn.split(":")[4] ?? ""}</Account>`;
      const result = `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
      return Promise.resolve({
        status: 200,
        headers: XML,
        body: `<GetCallerIdentityResponse xmlns="${NAMESPACE}">${result}</GetCallerIdentityResponse>`,
      });
    },
  };
}

/** A role calls as a session of itself. */
function sessionArn(arn: string): string {
  const [, partition, , , account] = arn.split(":");
  return arn.includes(":role/")
    ? `arn:${partition ?? "aws"}:sts::${account ?? ""}:assumed-role/${nameOf(arn)}/local`
    : arn;
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

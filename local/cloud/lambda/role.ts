/** What Lambda does as a function's role when it starts an execution environment: logs, traces, and the function's own calls. */
import type { Access, Principal } from "../access";
import type { FunctionDefinition } from "./functions";

const LAMBDA = "lambda.amazonaws.com";

/**
 * Takes on the role, for one execution environment. `mayLog`: what it writes reaches its log stream; Lambda runs a function
 * that may not write there all the same. Throws AccessDenied, under strict IAM, when the role does not trust Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
export function takeOnRole(
  access: Access,
  definition: FunctionDefinition,
  environmentId: string,
): { readonly role: Principal; readonly mayLog: boolean } {
  const { arn, name, roleArn, logGroup, isTraced } = definition;
  const role = access.assume(LAMBDA, { arn: roleArn, sessionName: name }, arn);
  const [, , , region = "", account = ""] = arn.split(":");
  const stream = `arn:aws:logs:${region}:${account}:log-group:${logGroup}:log-stream:[$LATEST]${environmentId}`;
  const mayLog =
    access.allows(role, { action: "logs:CreateLogStream", resource: stream }) &&
    access.allows(role, { action: "logs:PutLogEvents", resource: stream });
  if (isTraced) {
    // https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    for (const action of ["xray:PutTraceSegments", "xray:PutTelemetryRecords"])
      access.allows(role, { action, resource: "*" });
  }
  return { role, mayLog };
}

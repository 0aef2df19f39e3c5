/** `lambda:invoke`: a function's answer within the answer of Lambda's API. */
import { randomUUID } from "node:crypto";
import type { Json } from "../../../graph";
import type { Outcome } from "../../../../worker/outcome";
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import type { JsonObject } from "../definition/asl";
import type { Invoker } from "../executions/executions";
import { StateError } from "../state-error";
import { withMetadata, type Integration } from "./integration";
import { callService, type CallContext, type FindService } from "./service-call";
import { optimizedFailure } from "./service-failure";

export function createLambdaInvoke(options: {
  readonly invoker: Invoker;
  readonly services: FindService;
  readonly accountId: string;
  readonly clock: Clock;
}): Integration {
  const { invoker, services, accountId, clock } = options;

  async function run(functionArn: string, payload: string, context: CallContext): Promise<Outcome> {
    try {
      return await invoker.invoke(functionArn, payload, context.caller, context.signal, context.requestId);
    } catch (error) {
      throw optimizedFailure("lambda", error);
    }
  }

  /** Nobody waits for the function: Lambda answers as soon as it has the event. */
  async function hand(functionArn: string, payload: string, context: CallContext): Promise<void> {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const headers = { "x-amz-invocation-type": "Event" };
    try {
      await callService(services, "lambda", { method: "POST", path, headers, body: payload }, context);
    } catch (error) {
      throw optimizedFailure("lambda", error);
    }
  }

  return {
    async call(parameters, context) {
      const arn = functionArnOf(parameters, context.region, accountId);
      const payload = payloadOf(parameters["Payload"]);
      const { requestId = randomUUID() } = context;
      const metadata = { contentType: "application/json", requestId, now: clock.now() };
      if (parameters["InvocationType"] === "Event") {
        await hand(arn, payload, context);
        return withMetadata({ Payload: "", StatusCode: 202 }, metadata);
      }
      const outcome = await run(arn, payload, context);
      if (outcome.kind === "failure") throw failureOf(outcome);
      const answer = {
        ExecutedVersion: "$LATEST",
        Payload: JSON.parse(outcome.output) as Json,
        StatusCode: 200,
      };
      return withMetadata(answer, metadata);
    },
  };
}

/** Text is taken for the JSON that the function gets, as AWS takes it where it is JSON. */
function payloadOf(payload: Json | undefined): string {
  return typeof payload === "string" && isJson(payload) ? payload : JSON.stringify(payload ?? {});
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The function's own error, its cause as compact JSON; what Lambda says of a call is worded as the SDK words it. */
function failureOf({ error, cause }: Extract<Outcome, { kind: "failure" }>): StateError {
  const missing = /^Function not found: (\S+)$/.exec(cause)?.[1];
  if (error === "Lambda.ResourceNotFoundException" && missing !== undefined) {
    const message = `Function not found: ${missing}:$LATEST`;
    return optimizedFailure("lambda", new ServiceError("ResourceNotFoundException", message, 404));
  }
  return new StateError({ error, cause: compact(cause) });
}

function compact(text: string): string {
  return isJson(text) ? JSON.stringify(JSON.parse(text)) : text;
}

/** By name, partial ARN or ARN, each with or without a qualifier. */
function functionArnOf(parameters: JsonObject, region: string, accountId: string): string {
  const name = String(parameters["FunctionName"]);
  const qualifier = parameters["Qualifier"];
  const arn = name.startsWith("arn:")
    ? name
    : `arn:aws:lambda:${region}:${accountId}:function:${name.replace(/^(?:\d+:)?function:/, "")}`;
  return typeof qualifier === "string" ? `${arn}:${qualifier}` : arn;
}

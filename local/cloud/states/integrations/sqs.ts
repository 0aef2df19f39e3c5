/** `sqs:sendMessage`, and the actions of SQS by the SDK. */
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import type { JsonObject } from "../definition/asl";
import { withMetadata, type Integration } from "./integration";
import { callJson, type FindService } from "./service-call";
import { optimizedFailure, sdkFailure } from "./service-failure";

const SEND = { signingName: "sqs", target: "AmazonSQS.SendMessage" };

/** A body that is not text is sent as its JSON; fields that are null are not sent. */
function message(parameters: JsonObject): JsonObject {
  const given = Object.entries(parameters).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([field, value]) => [
      field,
      field === "MessageBody" && typeof value !== "string" ? JSON.stringify(value) : value,
    ]),
  );
}

/** What AWS says before SQS would. */
function check({ QueueUrl: url, MessageBody: body }: JsonObject): void {
  if (typeof url !== "string" || !/^https?:/.test(url))
    throw new Error(`Unable to execute HTTP request: ${String(url)}: Name or service not known`);
  if (body === null)
    throw new ServiceError("MissingParameter", "The request must contain the parameter MessageBody.");
}

export function createSendMessage(services: FindService, clock: Clock): Integration {
  return {
    async call(parameters, context) {
      try {
        check(parameters);
        const { output, answer } = await callJson(services, SEND, message(parameters), context);
        const { requestId } = answer;
        return withMetadata(output, {
          contentType: "application/x-amz-json-1.0",
          requestId,
          now: clock.now(),
        });
      } catch (error) {
        throw optimizedFailure("sqs", error);
      }
    },
  };
}

/** An action as `Sqs` has it. */
export function createSdkSqs(services: FindService, operation: string): Integration {
  const target = { signingName: "sqs", target: `AmazonSQS.${operation}` };
  return {
    async call(parameters, context) {
      try {
        return (await callJson(services, target, message(parameters), context)).output;
      } catch (error) {
        throw sdkFailure("sqs", error);
      }
    },
  };
}

/** `sqs:sendMessage`, and the actions of SQS by the SDK. */
import type { Clock } from "../../clock";
import type { JsonObject } from "../asl";
import { withMetadata, type Integration } from "./integration";
import { callJson, type FindService } from "./service-call";
import { optimizedFailure, sdkFailure } from "./service-failure";

const SEND = { signingName: "sqs", target: "AmazonSQS.SendMessage" };

/** A body that is not text is sent as its JSON. */
function message(parameters: JsonObject): JsonObject {
  const { MessageBody: body, ...rest } = parameters;
  if (body === undefined || body === null || typeof body === "string") return parameters;
  return { ...rest, MessageBody: JSON.stringify(body) };
}

export function createSendMessage(services: FindService, clock: Clock): Integration {
  return {
    async call(parameters, context) {
      try {
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

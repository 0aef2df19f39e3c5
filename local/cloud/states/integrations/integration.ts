/** What one API of a service does for a Task state. */
import type { JsonObject } from "../definition/asl";
import type { TaskEnd } from "../activities/task-end";
import type { Pattern } from "./service-resource";
import type { CallContext } from "./service-call";

export interface Integration {
  /** The service's answer, as the state has it. Rejects with StateError, named as AWS names it. */
  call(parameters: JsonObject, context: CallContext): Promise<JsonObject>;
  /** For the `sync` patterns: waits for the end of the work that `answer` tells of, and stops it when nobody wants it any more. */
  finish?(answer: JsonObject, pattern: Pattern, context: CallContext): Promise<TaskEnd>;
}

/** What the optimized integrations add to a service's answer: the SDK's metadata, version 1. */
export function withMetadata(
  answer: JsonObject,
  { contentType, requestId, now }: { contentType: string; requestId: string; now: number },
): JsonObject {
  const headers = {
    connection: "keep-alive",
    "Content-Length": String(Buffer.byteLength(JSON.stringify(answer))),
    "Content-Type": contentType,
    Date: new Date(now).toUTCString(),
    "x-amzn-RequestId": requestId,
  };
  const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    ...answer,
    SdkHttpMetadata: { AllHttpHeaders: all, HttpHeaders: headers, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

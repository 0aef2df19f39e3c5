/** The MD5 digests by which SDKs check that SQS has what they sent. */
import { createHash } from "node:crypto";
import type { MessageAttributes } from "./queue";

/** Of a body, as SQS and its SDKs check it. */
export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * Of message attributes: for each, by name, the lengths and bytes of name and type, a 1 or 2 for text or binary, and the
 * value. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const sized = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const parts = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { DataType, StringValue, BinaryValue }]) => {
      const binary = BinaryValue !== undefined;
      const value = binary ? Buffer.from(BinaryValue, "base64") : Buffer.from(StringValue ?? "");
      const kind = Buffer.from([binary ? 2 : 1]);
      return Buffer.concat([sized(Buffer.from(name)), sized(Buffer.from(DataType)), kind, sized(value)]);
    });
  return createHash("md5").update(Buffer.concat(parts)).digest("hex");
}

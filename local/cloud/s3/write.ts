/** PutObject, and the conditions under which S3 writes. */
import { noSuchKey, preconditionFailed } from "./answers";
import { receive, storedHeaders } from "./body";
import type { Bucket, ObjectFacts, WriteCheck } from "./objects";
import { checksums } from "./read";
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";

export async function putObject(
  bucket: Bucket,
  key: string,
  request: CloudRequest,
  now: Date,
): Promise<CloudResponse> {
  checkKey(key);
  const received = receive(request);
  const headers = { ...storedHeaders(request), ...received.checksums };
  const object = await bucket.put(key, received.content, headers, now, conditionsOf(request));
  return { status: 200, headers: { ETag: object.etag, ...checksums(object) } };
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw new ServiceError("KeyTooLongError", "Your key is too long");
}

/** Conditional writes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function conditionsOf(request: CloudRequest): WriteCheck {
  return (existing) => {
    checkConditions(existing, request);
  };
}

function checkConditions(existing: ObjectFacts | null, request: CloudRequest): void {
  const ifMatch = request.headers["if-match"];
  if (ifMatch !== undefined && existing === null) throw noSuchKey();
  if (
    (request.headers["if-none-match"] === "*" && existing !== null) ||
    (ifMatch !== undefined && ifMatch !== existing?.etag)
  )
    throw preconditionFailed();
}

/** GetObject and HeadObject: whole objects and ranges of them. */
import type { Bucket, ObjectFacts } from "./s3-objects";
import { ServiceError, type CloudRequest, type CloudResponse } from "./service";

export async function getObject(bucket: Bucket, key: string, request: CloudRequest): Promise<CloudResponse> {
  const object = bucket.find(key);
  if (object === null) throw noSuchKey();
  if (request.headers["if-none-match"] === object.etag)
    return { status: 304, headers: { ETag: object.etag } };
  const range = rangeOf(request.headers.range, object.size);
  if (request.method === "HEAD") return { status: 200, headers: wholeHeaders(object, request) };
  const content = await bucket.read(object);
  // Overwritten or deleted while it was read: what was read may be the one or the other.
  if (bucket.find(key) !== object) return getObject(bucket, key, request);
  if (content === null) throw noSuchKey();
  if (range === null) return { status: 200, headers: wholeHeaders(object, request), body: content };
  const [first, last] = range;
  const body = content.subarray(first, last + 1);
  const contentRange = `bytes ${String(first)}-${String(last)}/${String(object.size)}`;
  const headers = {
    ...factHeaders(object),
    "Content-Range": contentRange,
    "Content-Length": String(body.length),
  };
  return { status: 206, headers, body };
}

function factHeaders(object: ObjectFacts): Record<string, string> {
  const stored = Object.entries(object.headers).filter(([name]) => !name.startsWith("x-amz-checksum-"));
  return {
    "content-type": "binary/octet-stream",
    ...Object.fromEntries(stored),
    ETag: object.etag,
    "Last-Modified": object.lastModified.toUTCString(),
    "Accept-Ranges": "bytes",
  };
}

function wholeHeaders(object: ObjectFacts, request: CloudRequest): Record<string, string> {
  return { ...factHeaders(object), ...asked(object, request), "Content-Length": String(object.size) };
}

/** The checksum of the whole object, for a caller that said it will check. */
function asked(object: ObjectFacts, request: CloudRequest): Record<string, string> {
  return request.headers["x-amz-checksum-mode"] === undefined ? {} : checksums(object);
}

export function checksums(object: ObjectFacts): Record<string, string> {
  const found = Object.entries(object.headers).filter(([name]) => name.startsWith("x-amz-checksum-"));
  return found.length === 0 ? {} : { ...Object.fromEntries(found), "x-amz-checksum-type": "FULL_OBJECT" };
}

/** First and last byte; null when there is no range that S3 would heed (it heeds one, not several). */
function rangeOf(header: string | undefined, size: number): readonly [number, number] | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return null;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === "" && Number(to) === 0))
    throw new ServiceError("InvalidRange", "The requested range is not satisfiable", 416);
  return first > last ? null : [first, last];
}

export function noSuchKey(): ServiceError {
  return new ServiceError("NoSuchKey", "The specified key does not exist.", 404);
}

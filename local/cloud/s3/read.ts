/** GetObject and HeadObject: whole objects and ranges of them. */
import { noSuchKey, preconditionFailed } from "./answers";
import type { Bucket, ByteRange, ObjectFacts } from "./objects";
import { TAGGING, tagCount } from "./tagging";
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";

/** Query parameters that say how an object is to be answered. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const RESPONSE_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];

export async function getObject(bucket: Bucket, key: string, request: CloudRequest): Promise<CloudResponse> {
  const object = bucket.find(key);
  if (object === null) throw noSuchKey();
  const stopped = conditional(object, request);
  if (stopped !== null) return stopped;
  const range = rangeOf(request.headers.range, object.size);
  const headers = range === null ? wholeHeaders(object, request) : rangeHeaders(object, range);
  const answer = { status: range === null ? 200 : 206, headers: { ...headers, ...overrides(request) } };
  if (request.method === "HEAD") return answer;
  const content = await bucket.read(object, range);
  // Overwritten or deleted while it was read: what was read may be the one or the other.
  if (bucket.find(key) !== object) return getObject(bucket, key, request);
  if (content === null) throw noSuchKey();
  return { ...answer, body: content };
}

/** Null when the object is to be answered. */
function conditional(object: ObjectFacts, request: CloudRequest): CloudResponse | null {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== object.etag) throw preconditionFailed();
  return ifNoneMatch === object.etag ? { status: 304, headers: { ETag: object.etag } } : null;
}

function overrides(request: CloudRequest): Record<string, string> {
  const found = RESPONSE_HEADERS.flatMap((name) => {
    const value = request.query.get(`response-${name}`);
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

function rangeHeaders(object: ObjectFacts, [first, last]: ByteRange): Record<string, string> {
  return {
    ...factHeaders(object),
    "Content-Range": `bytes ${String(first)}-${String(last)}/${String(object.size)}`,
    "Content-Length": String(last - first + 1),
  };
}

function factHeaders(object: ObjectFacts): Record<string, string> {
  const stored = Object.entries(object.headers).filter(
    ([name]) => name !== TAGGING && !name.startsWith("x-amz-checksum-"),
  );
  const tags = tagCount(object);
  return {
    "content-type": "binary/octet-stream",
    ...Object.fromEntries(stored),
    ...(tags === 0 ? {} : { "x-amz-tagging-count": String(tags) }),
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
  // Of a multipart upload it may be a checksum of the parts' checksums, with their number.
  const type = found.some(([, value]) => value.includes("-")) ? "COMPOSITE" : "FULL_OBJECT";
  return found.length === 0 ? {} : { ...Object.fromEntries(found), "x-amz-checksum-type": type };
}

/** First and last byte; null when there is no range that S3 would heed (it heeds one, not several). */
export function rangeOf(header: string | undefined, size: number): ByteRange | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return null;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === "" && Number(to) === 0))
    throw new ServiceError("InvalidRange", "The requested range is not satisfiable", 416);
  return first > last ? null : [first, last];
}

/** CopyObject, and what a part is copied from. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
import {
  invalidArgument,
  noSuchKey,
  notImplemented,
  preconditionFailed,
  xmlAnswer,
  xmlFields,
} from "./answers";
import { CHECKSUM_HEADER, storedHeaders } from "./body";
import type { ObjectCall } from "./multipart";
import type { Bucket, ByteRange, ObjectFacts } from "./objects";
import { TAGGING } from "./tagging";
import { checkKey, conditionsOf } from "./write";
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
}

/** Of the header, `[/]BUCKET/KEY` in percent-encoding. Null without it. */
export function copySourceOf({ headers }: CloudRequest): CopySource | null {
  const header = headers["x-amz-copy-source"];
  if (header === undefined) return null;
  const [path = "", version] = String(header).split("?");
  if (version !== undefined) throw notImplemented("copy of a version");
  const [, bucket = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path)) ?? [];
  if (key === "")
    throw invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  return { bucket, key };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument("Invalid copy source encoding.");
  }
}

export async function copyObject(
  call: ObjectCall,
  source: CopySource,
  sourceBucket: Bucket,
): Promise<CloudResponse> {
  const { bucketName, bucket, key, request, now } = call;
  checkKey(key);
  const replaces = request.headers["x-amz-metadata-directive"] === "REPLACE";
  if (source.bucket === bucketName && source.key === key && !replaces) {
    throw new ServiceError(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { object, content } = await readSource(sourceBucket, source.key, request, () => null);
  const sent = storedHeaders(request);
  const described = replaces
    ? { ...sent, ...kept(object, (name) => CHECKSUM_HEADER.test(name)) }
    : kept(object, () => true);
  // Tags have a directive of their own.
  const tagged = request.headers["x-amz-tagging-directive"] === "REPLACE" ? sent : object.headers;
  const headers = { ...without(TAGGING, described), ...only(TAGGING, tagged) };
  const copy = await bucket.put(key, content, headers, now, conditionsOf(request));
  const facts = { LastModified: copy.lastModified.toISOString(), ETag: copy.etag };
  return xmlAnswer("CopyObjectResult", xmlFields(facts));
}

function without(name: string, headers: ObjectFacts["headers"]): ObjectFacts["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

function only(name: string, headers: ObjectFacts["headers"]): ObjectFacts["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each === name));
}

/** Headers of the object; a checksum of parts is none of what is copied as one. */
function kept(object: ObjectFacts, wanted: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(object.headers);
  return Object.fromEntries(
    entries.filter(([name, value]) => wanted(name) && !(CHECKSUM_HEADER.test(name) && value.includes("-"))),
  );
}

/** The range of `x-amz-copy-source-range`, which has both ends and lies within the object. */
export function copyRange({ headers }: CloudRequest, size: number): ByteRange | null {
  const header = headers["x-amz-copy-source-range"];
  if (header === undefined) return null;
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(String(header)) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last))
    throw invalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last");
  if (Number(last) >= size)
    throw new ServiceError("InvalidRange", "The specified copy source range is not satisfiable", 416);
  return [Number(first), Number(last)];
}

/** The object and its content as they belong together, whatever is written meanwhile. */
export async function readSource(
  bucket: Bucket,
  key: string,
  request: CloudRequest,
  rangeOf: (size: number) => ByteRange | null,
): Promise<{ readonly object: ObjectFacts; readonly content: Buffer }> {
  const object = bucket.find(key);
  if (object === null) throw noSuchKey();
  const { "x-amz-copy-source-if-match": ifMatch, "x-amz-copy-source-if-none-match": ifNoneMatch } =
    request.headers;
  if ((ifMatch !== undefined && ifMatch !== object.etag) || ifNoneMatch === object.etag)
    throw preconditionFailed();
  const content = await bucket.read(object, rangeOf(object.size));
  if (bucket.find(key) !== object) return readSource(bucket, key, request, rangeOf);
  if (content === null) throw noSuchKey();
  return { object, content };
}

/** Multipart upload: an object sent in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { invalidArgument, notImplemented, xmlAnswer, xmlFields } from "./answers";
import { checksumOf, receive, storedHeaders } from "./body";
import { completedParts, digestOfParts, wholeChecksum } from "./complete";
import type { Bucket } from "./objects";
import { isAfter } from "./list";
import { checksums } from "./read";
import type { Part, Upload, Uploads } from "./uploads";
import { checkKey, conditionsOf } from "./write";
import type { CloudRequest, CloudResponse } from "../service";

const LAST_PART = 10_000;
const MAX_LISTED = 1000;

/** Which object is meant, and what is asked of it. */
export interface ObjectCall {
  readonly bucketName: string;
  readonly bucket: Bucket;
  readonly key: string;
  readonly request: CloudRequest;
  readonly now: Date;
}

export function createUpload(uploads: Uploads, call: ObjectCall): CloudResponse {
  const { bucketName, bucket, key, request, now } = call;
  checkKey(key);
  const algorithm = request.headers["x-amz-checksum-algorithm"];
  const type = request.headers["x-amz-checksum-type"];
  const upload = uploads.begin(bucket, {
    bucket: bucketName,
    key,
    initiated: now,
    headers: storedHeaders(request),
    algorithm: algorithm === undefined ? null : String(algorithm).toLowerCase(),
    checksumType: type === "FULL_OBJECT" || algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE",
  });
  const said: Record<string, string> =
    algorithm === undefined ? {} : { "x-amz-checksum-algorithm": String(algorithm) };
  const fields = xmlFields({ Bucket: bucketName, Key: key, UploadId: upload.id });
  const answer = xmlAnswer("InitiateMultipartUploadResult", fields);
  return { ...answer, headers: { ...answer.headers, ...said } };
}

export async function uploadPart(uploads: Uploads, call: ObjectCall): Promise<CloudResponse> {
  const upload = uploadOf(uploads, call);
  const number = partNumber(call.request);
  const { content, checksums: sent } = receive(call.request);
  const part = await putPart(uploads, upload, { number, content, sent, now: call.now });
  return { status: 200, headers: { ETag: part.etag, ...sent } };
}

/** A part of what another object holds, which the caller has read. */
export async function uploadPartCopy(
  uploads: Uploads,
  call: ObjectCall,
  readSource: () => Promise<Buffer>,
): Promise<CloudResponse> {
  const upload = uploadOf(uploads, call);
  const number = partNumber(call.request);
  const part = await putPart(uploads, upload, {
    number,
    content: await readSource(),
    sent: {},
    now: call.now,
  });
  return xmlAnswer(
    "CopyPartResult",
    xmlFields({ LastModified: part.lastModified.toISOString(), ETag: part.etag }),
  );
}

function putPart(
  uploads: Uploads,
  upload: Upload,
  part: {
    readonly number: number;
    readonly content: Buffer;
    readonly sent: Readonly<Record<string, string>>;
    readonly now: Date;
  },
): Promise<Part> {
  const { algorithm } = upload;
  const checksum =
    algorithm === null
      ? null
      : (part.sent[`x-amz-checksum-${algorithm}`] ?? checksumOf(algorithm, part.content));
  return uploads.put(upload, part.number, part.content, checksum, part.now);
}

export async function completeUpload(uploads: Uploads, call: ObjectCall): Promise<CloudResponse> {
  const { bucketName, bucket, key, request, now } = call;
  const named = (): readonly Part[] => completedParts(uploadOf(uploads, call), request.body.toString("utf8"));
  const upload = uploadOf(uploads, call);
  const checksum = await wholeChecksum(upload, named(), request).catch((error: unknown) => {
    named();
    throw error;
  });
  const conditions = conditionsOf(request);
  conditions(bucket.find(key));
  // Asked again: meanwhile the upload may have been completed by another call, or a part been sent again.
  const parts = named();
  uploads.end(upload);
  const facts = {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: digestOfParts(parts),
    headers: { ...upload.headers, ...checksum },
  };
  const files = parts.map(({ file }) => file);
  const object = await bucket.join(key, files, facts, now, conditions).finally(() => {
    uploads.discard(upload);
  });
  const fields = { Location: `/${bucketName}/${key}`, Bucket: bucketName, Key: key, ETag: object.etag };
  const known = Object.entries(checksums(object)).map(([name, value]): [string, string] => [
    name === "x-amz-checksum-type"
      ? "ChecksumType"
      : `Checksum${name.slice("x-amz-checksum-".length).toUpperCase()}`,
    value,
  ]);
  return xmlAnswer(
    "CompleteMultipartUploadResult",
    xmlFields({ ...fields, ...(Object.fromEntries(known) as Record<string, string>) }),
  );
}

export function abortUpload(uploads: Uploads, call: ObjectCall): CloudResponse {
  uploads.discard(uploadOf(uploads, call));
  return { status: 204 };
}

export function listParts(uploads: Uploads, call: ObjectCall): CloudResponse {
  const { bucketName, key, request } = call;
  const upload = uploadOf(uploads, call);
  const marker = Number(request.query.get("part-number-marker") ?? 0);
  const limit = Math.min(Number(request.query.get("max-parts") ?? MAX_LISTED), MAX_LISTED);
  const rest = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .sort((a, b) => a.number - b.number);
  const page = rest.slice(0, limit);
  const listed = page.map(({ number, size, etag, lastModified }) => {
    const facts = { PartNumber: number, LastModified: lastModified.toISOString(), ETag: etag, Size: size };
    return `<Part>${xmlFields(facts)}</Part>`;
  });
  const facts = {
    Bucket: bucketName,
    Key: key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? marker,
    MaxParts: limit,
    IsTruncated: rest.length > page.length,
    StorageClass: "STANDARD",
  };
  return xmlAnswer("ListPartsResult", xmlFields(facts) + listed.join(""));
}

/** In pages, by prefix; not folded by a delimiter. */
export function listUploads(uploads: Uploads, bucketName: string, query: URLSearchParams): CloudResponse {
  if (query.has("delimiter")) throw notImplemented("ListMultipartUploads with a delimiter");
  const prefix = query.get("prefix") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const idMarker = query.get("upload-id-marker") ?? "";
  const limit = Math.min(Number(query.get("max-uploads") ?? MAX_LISTED), MAX_LISTED);
  const found = uploads.list(bucketName).filter(({ key }) => key.startsWith(prefix));
  const at = idMarker === "" ? -1 : found.findIndex(({ id }) => id === idMarker);
  const rest = at === -1 ? found.filter(({ key }) => isAfter(key, keyMarker)) : found.slice(at + 1);
  const page = rest.slice(0, limit);
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : (text: string): string => text;
  const last = page.at(-1);
  const isTruncated = rest.length > page.length;
  const next: Record<string, string> =
    isTruncated && last !== undefined ? { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.id } : {};
  const listed = page.map(({ key, id, initiated }) => {
    const facts = { Key: encode(key), UploadId: id, Initiated: initiated.toISOString() };
    return `<Upload>${xmlFields({ ...facts, StorageClass: "STANDARD" })}</Upload>`;
  });
  const facts = { Bucket: bucketName, Prefix: encode(prefix), KeyMarker: encode(keyMarker), ...next };
  return xmlAnswer(
    "ListMultipartUploadsResult",
    xmlFields({ ...facts, MaxUploads: limit, IsTruncated: isTruncated }) + listed.join(""),
  );
}

function uploadOf(uploads: Uploads, { bucketName, key, request }: ObjectCall): Upload {
  return uploads.find(bucketName, key, request.query.get("uploadId") ?? "");
}

function partNumber({ query }: CloudRequest): number {
  const number = Number(query.get("partNumber"));
  if (Number.isInteger(number) && number >= 1 && number <= LAST_PART) return number;
  throw invalidArgument(`Part number must be an integer between 1 and ${String(LAST_PART)}, inclusive`);
}

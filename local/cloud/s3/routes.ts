/** Which operation of S3 a request asks for: by its method, what it is about, and parameters of its query. */
import { notImplemented } from "./answers";
import { RESPONSE_HEADERS } from "./read";
import type { CloudRequest } from "../service";

/** Parameters that choose an operation, in the order in which they are looked for. */
const CHOOSING = ["uploads", "uploadId", "delete", "tagging", "location", "versioning", "list-type"];

/** By method, target, `?` and what chooses, and `copy` where the header names a source. */
const OPERATIONS = {
  "GET service": "ListBuckets",
  "PUT bucket": "CreateBucket",
  "DELETE bucket": "DeleteBucket",
  "HEAD bucket": "HeadBucket",
  "GET bucket": "ListObjects",
  "GET bucket?list-type": "ListObjectsV2",
  "GET bucket?location": "GetBucketLocation",
  "GET bucket?versioning": "GetBucketVersioning",
  "GET bucket?uploads": "ListMultipartUploads",
  "POST bucket?delete": "DeleteObjects",
  "PUT object": "PutObject",
  "PUT object copy": "CopyObject",
  "GET object": "GetObject",
  "HEAD object": "HeadObject",
  "DELETE object": "DeleteObject",
  "POST object?uploads": "CreateMultipartUpload",
  "PUT object?uploadId": "UploadPart",
  "PUT object?uploadId copy": "UploadPartCopy",
  "POST object?uploadId": "CompleteMultipartUpload",
  "DELETE object?uploadId": "AbortMultipartUpload",
  "GET object?uploadId": "ListParts",
  "GET object?tagging": "GetObjectTagging",
  "PUT object?tagging": "PutObjectTagging",
  "DELETE object?tagging": "DeleteObjectTagging",
} as const;

export type OperationName = (typeof OPERATIONS)[keyof typeof OPERATIONS];

/** Parameters that an operation takes; any other one asks for something that we don't have. */
const LISTING = ["prefix", "delimiter", "encoding-type"];
const READING = RESPONSE_HEADERS.map((name) => `response-${name}`);
const TAKEN: Readonly<Partial<Record<OperationName, readonly string[]>>> = {
  ListObjects: [...LISTING, "max-keys", "marker"],
  ListObjectsV2: [...LISTING, "max-keys", "continuation-token", "start-after", "fetch-owner"],
  ListMultipartUploads: [...LISTING, "max-uploads", "key-marker", "upload-id-marker"],
  GetObject: READING,
  HeadObject: READING,
  UploadPart: ["partNumber"],
  UploadPartCopy: ["partNumber"],
  ListParts: ["max-parts", "part-number-marker"],
};

/** Throws NotImplemented. `bucket` and `key` are "" where there is none. */
export function operationOf(request: CloudRequest, bucket: string, key: string): OperationName {
  const target = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  const choosing = CHOOSING.find((name) => request.query.has(name));
  const route = `${request.method} ${target}${choosing === undefined ? "" : `?${choosing}`}`;
  const copies = "x-amz-copy-source" in request.headers ? " copy" : "";
  const name = (OPERATIONS as Readonly<Record<string, OperationName>>)[route + copies];
  if (name === undefined) throw notImplemented(route + copies);
  const taken = ["x-id", choosing, ...(TAKEN[name] ?? [])];
  const unknown = [...request.query.keys()].find((parameter) => !taken.includes(parameter));
  if (unknown !== undefined) throw notImplemented(`${request.method} ${target}?${unknown}`);
  return name;
}

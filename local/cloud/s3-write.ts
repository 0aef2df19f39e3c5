/** PutObject: the body as it was meant, its checksums, and conditional writes. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { decodeAwsChunked } from "./aws-chunked";
import type { Bucket, ObjectFacts } from "./s3-objects";
import { checksums, noSuchKey } from "./s3-read";
import { ServiceError, type CloudRequest, type CloudResponse } from "./service";

/** Headers that S3 stores with an object and gives back. */
const STORED_HEADER =
  /^(content-(type|disposition|language)|cache-control|expires|x-amz-meta-.+|x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/;

export async function putObject(
  bucket: Bucket,
  key: string,
  request: CloudRequest,
  now: Date,
): Promise<CloudResponse> {
  if (Buffer.byteLength(key) > 1024) throw new ServiceError("KeyTooLongError", "Your key is too long");
  const encodings = String(request.headers["content-encoding"] ?? "")
    .split(",")
    .map((encoding) => encoding.trim());
  const chunked =
    encodings.includes("aws-chunked") ||
    String(request.headers["x-amz-content-sha256"]).startsWith("STREAMING-");
  const { content, trailers } = chunked
    ? decodeAwsChunked(request.body)
    : { content: request.body, trailers: {} };
  const sent = Object.entries({ ...request.headers, ...trailers }).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const stored = Object.fromEntries(sent.filter(([name]) => STORED_HEADER.test(name)));
  const encoding = encodings.filter((each) => each !== "" && each !== "aws-chunked").join(",");
  checkDigests(content, { ...stored, "content-md5": String(request.headers["content-md5"] ?? "") });
  checkConditions(bucket.find(key), request);
  const object = await bucket.put(
    key,
    content,
    encoding === "" ? stored : { ...stored, "content-encoding": encoding },
    now,
  );
  return { status: 200, headers: { ETag: object.etag, ...checksums(object) } };
}

function checkDigests(content: Buffer, sent: Readonly<Record<string, string>>): void {
  const hash = (algorithm: string): string => createHash(algorithm).update(content).digest("base64");
  const digests: Readonly<Record<string, () => string>> = {
    "content-md5": () => hash("md5"),
    "x-amz-checksum-sha1": () => hash("sha1"),
    "x-amz-checksum-sha256": () => hash("sha256"),
    "x-amz-checksum-crc32": () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc32(content));
      return bytes.toString("base64");
    },
  };
  for (const [name, digest] of Object.entries(digests)) {
    const claimed = sent[name] ?? "";
    if (claimed !== "" && claimed !== digest()) {
      throw new ServiceError("BadDigest", `The ${name} you specified did not match what we received.`);
    }
  }
}

/** Conditional writes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function checkConditions(existing: ObjectFacts | null, request: CloudRequest): void {
  const ifMatch = request.headers["if-match"];
  if (ifMatch !== undefined && existing === null) throw noSuchKey();
  if (
    (request.headers["if-none-match"] === "*" && existing !== null) ||
    (ifMatch !== undefined && ifMatch !== existing?.etag)
  ) {
    throw new ServiceError(
      "PreconditionFailed",
      "At least one of the pre-conditions you specified did not hold",
      412,
    );
  }
}

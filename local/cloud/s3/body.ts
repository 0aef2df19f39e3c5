/** What a request brings to be stored: its content as it was meant, the headers that S3 keeps, and checksums that hold. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { decodeAwsChunked } from "./aws-chunked";
import { ServiceError, type CloudRequest } from "../service";

/** Headers that S3 stores with an object and gives back. */
const STORED_HEADER =
  /^(content-(type|disposition|language)|cache-control|expires|x-amz-meta-.+|x-amz-tagging)$/;
export const CHECKSUM_HEADER = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

export interface Received {
  readonly content: Buffer;
  /** Checksums by their header's name; those that can be worked out here are right. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Throws BadDigest, IncompleteBody. */
export function receive(request: CloudRequest): Received {
  const chunked =
    encodingsOf(request).includes("aws-chunked") ||
    String(request.headers["x-amz-content-sha256"]).startsWith("STREAMING-");
  const { content, trailers } = chunked
    ? decodeAwsChunked(request.body)
    : { content: request.body, trailers: {} };
  const sent = Object.entries({ ...request.headers, ...trailers });
  const checksums = Object.fromEntries(
    sent.flatMap(([name, value]) => (CHECKSUM_HEADER.test(name) ? [[name, String(value)]] : [])),
  );
  checkDigests(content, { ...checksums, "content-md5": String(request.headers["content-md5"] ?? "") });
  return { content, checksums };
}

/** Of the request's headers those that stay with the object. */
export function storedHeaders(request: CloudRequest): Record<string, string> {
  const stored = Object.entries(request.headers).flatMap(([name, value]) =>
    STORED_HEADER.test(name) ? [[name, String(value)]] : [],
  );
  const encoding = encodingsOf(request)
    .filter((each) => each !== "" && each !== "aws-chunked")
    .join(",");
  const headers = Object.fromEntries(stored) as Record<string, string>;
  return encoding === "" ? headers : { ...headers, "content-encoding": encoding };
}

function encodingsOf(request: CloudRequest): readonly string[] {
  const header = String(request.headers["content-encoding"] ?? "");
  return header.split(",").map((encoding) => encoding.trim());
}

/** Null where the algorithm (`crc32`, `sha1`, `sha256`) is none that is worked out here. */
export function checksumOf(algorithm: string, content: Buffer): string | null {
  if (algorithm === "crc32") return crc32Text(crc32(content));
  if (algorithm !== "sha1" && algorithm !== "sha256") return null;
  return createHash(algorithm).update(content).digest("base64");
}

export function crc32Text(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString("base64");
}

function checkDigests(content: Buffer, sent: Readonly<Record<string, string>>): void {
  for (const [name, claimed] of Object.entries(sent)) {
    if (claimed === "") continue;
    const found =
      name === "content-md5"
        ? createHash("md5").update(content).digest("base64")
        : checksumOf(name.replace("x-amz-checksum-", ""), content);
    if (found !== null && found !== claimed) {
      throw new ServiceError("BadDigest", `The ${name} you specified did not match what we received.`);
    }
  }
}

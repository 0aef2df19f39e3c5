/** What CompleteMultipartUpload checks, and what the whole is known by. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { malformedXml } from "./answers";
import { checksumOf, crc32Text } from "./body";
import { md5 } from "./objects";
import { elementsOf, textOf } from "./request-xml";
import type { Part, Upload } from "./uploads";
import { ServiceError, type CloudRequest } from "../service";

/** Of every part but the last. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

/** The parts that the request names. Throws MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall. */
export function completedParts(upload: Upload, xml: string): readonly Part[] {
  const named = elementsOf(xml, "Part").map((part) => ({
    number: Number(textOf(part, "PartNumber") ?? Number.NaN),
    etag: (textOf(part, "ETag") ?? "").replaceAll('"', ""),
    checksum: upload.algorithm === null ? null : textOf(part, `Checksum${upload.algorithm.toUpperCase()}`),
  }));
  if (named.length === 0 || named.some(({ number }) => !Number.isInteger(number))) throw malformedXml();
  if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
    throw new ServiceError(
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
    );
  }
  const parts = named.map(({ number, etag, checksum }) => {
    const part = upload.parts.get(number);
    if (part?.etag !== `"${etag}"` || (checksum ?? part.checksum) !== part.checksum) throw invalidPart();
    return part;
  });
  if (parts.slice(0, -1).some(({ size }) => size < SMALLEST_PART_BYTES)) {
    throw new ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  }
  return parts;
}

function invalidPart(): ServiceError {
  return new ServiceError(
    "InvalidPart",
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
}

/** The MD5 of the parts' MD5s, with their number, in quotes. */
export function digestOfParts(parts: readonly Part[]): string {
  const digest = md5(Buffer.concat(parts.map((part) => part.md5)));
  return `"${digest.toString("hex")}-${String(parts.length)}"`;
}

/**
 * As a header; none where the upload has no algorithm, or one that is not worked out here and not sent either.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export async function wholeChecksum(
  { algorithm, checksumType }: Upload,
  parts: readonly Part[],
  request: CloudRequest,
): Promise<Record<string, string>> {
  if (algorithm === null) return {};
  const name = `x-amz-checksum-${algorithm}`;
  const claimed = request.headers[name];
  const found = checksumType === "COMPOSITE" ? composite(algorithm, parts) : await full(algorithm, parts);
  if (found === null) return claimed === undefined ? {} : { [name]: String(claimed) };
  // A composite one may be sent with the number of parts, and without.
  if (claimed !== undefined && claimed !== found && claimed !== found.split("-")[0])
    throw new ServiceError("BadDigest", `The ${name} you specified did not match the calculated checksum.`);
  return { [name]: found };
}

function composite(algorithm: string, parts: readonly Part[]): string | null {
  const known = parts.flatMap(({ checksum }) => (checksum === null ? [] : [Buffer.from(checksum, "base64")]));
  if (known.length < parts.length) return null;
  const checksum = checksumOf(algorithm, Buffer.concat(known));
  return checksum === null ? null : `${checksum}-${String(parts.length)}`;
}

async function full(algorithm: string, parts: readonly Part[]): Promise<string | null> {
  if (algorithm !== "crc32") return null;
  let value = 0;
  for (const { file } of parts) value = crc32(await readFile(file), value);
  return crc32Text(value);
}

/**
 * Takes an `aws-chunked` body apart: `SIZE[;chunk-signature=…]\r\n` DATA `\r\n` … `0\r\n` TRAILERS `\r\n`. The SDKs send it
 * for streams, with a checksum as trailer. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { ServiceError } from "../service";

export interface DecodedBody {
  readonly content: Buffer;
  /** By lower-case name. */
  readonly trailers: Readonly<Record<string, string>>;
}

export function decodeAwsChunked(body: Buffer): DecodedBody {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", offset);
    if (lineEnd === -1) throw incomplete();
    const size = Number.parseInt(body.toString("latin1", offset, lineEnd).split(";")[0] ?? "", 16);
    offset = lineEnd + 2;
    if (size === 0) break;
    if (!(size > 0) || offset + size + 2 > body.length) throw incomplete();
    chunks.push(body.subarray(offset, offset + size));
    offset += size + 2;
  }
  const lines = body
    .toString("utf8", offset)
    .split(/\r?\n/)
    .filter((line) => line.includes(":"));
  const trailers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { content: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
}

function incomplete(): ServiceError {
  return new ServiceError("IncompleteBody", "The request body terminated unexpectedly.");
}

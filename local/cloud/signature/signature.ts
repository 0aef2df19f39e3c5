/**
 * Signature Version 4, as AWS computes it from a request that has come. Pure.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What of a request is signed. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the Authorization header says. */
export interface Authorization {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  /** The whole of it: which headers are signed, and the signature, are read when they are asked for. */
  readonly header: string;
}

/** Null when it is not a header of Signature Version 4. */
export function parseAuthorization(header: string): Authorization | null {
  const scope = /Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request/.exec(header);
  if (scope === null) return null;
  const [, accessKeyId = "", day = "", region = "", service = ""] = scope;
  return { accessKeyId, day, region, service, header };
}

export function isSignedWith(secret: string, authorization: Authorization, request: SignedRequest): boolean {
  const expected = Buffer.from(signatureOf(secret, authorization, request));
  const found = Buffer.from(/Signature=([0-9a-f]+)/.exec(authorization.header)?.[1] ?? "");
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function signatureOf(secret: string, authorization: Authorization, request: SignedRequest): string {
  const { day, region, service } = authorization;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = [
    "AWS4-HMAC-SHA256",
    String(request.headers["x-amz-date"] ?? ""),
    scope,
    sha256(canonicalRequest(authorization, request)),
  ].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

function canonicalRequest({ service, header }: Authorization, request: SignedRequest): string {
  const signedHeaders = (/SignedHeaders=([^,\s]+)/.exec(header)?.[1] ?? "").split(";");
  const { method, url, headers, body } = request;
  const at = url.indexOf("?");
  const path = at === -1 ? url : url.slice(0, at);
  const query = at === -1 ? "" : url.slice(at + 1);
  const lines = signedHeaders.map(
    (name) =>
      `${name}:${String(headers[name] ?? "")
        .trim()
        .replace(/ +/g, " ")}\n`,
  );
  return [
    method,
    canonicalPath(path, service),
    canonicalQuery(query),
    lines.join(""),
    signedHeaders.join(";"),
    // S3's clients may sign something else than the body: that it is unsigned, or comes in signed chunks.
    String(headers["x-amz-content-sha256"] ?? sha256(body)),
  ].join("\n");
}

/** S3 signs the path as it is sent; every other service encodes that once more. */
function canonicalPath(path: string, service: string): string {
  const segments = path.split("/");
  if (service === "s3") return segments.map((segment) => encode(decode(segment))).join("/");
  return segments.map(encode).join("/");
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const name = at === -1 ? pair : pair.slice(0, at);
    return [encode(decode(name)), encode(decode(at === -1 ? "" : pair.slice(at + 1)))] as const;
  });
  const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return pairs
    .sort((a, b) => byName(a[0], b[0]) || byName(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

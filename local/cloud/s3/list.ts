/**
 * ListObjects in both versions: prefix, delimiter and pages. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * and https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
 */
import { xmlAnswer } from "./answers";
import type { Bucket, ObjectFacts } from "./objects";
import type { CloudResponse } from "../service";
import { escapeXml } from "../xml";

const MAX_KEYS = 1000;
const OWNER = "<Owner><ID>local</ID><DisplayName>local</DisplayName></Owner>";

/** One line of the answer: an object, or the common prefix of several. */
type Entry =
  { readonly name: string; readonly object: ObjectFacts } | { readonly name: string; readonly object: null };

interface Page {
  readonly limit: number;
  readonly entries: readonly Entry[];
  /** The last name of a page that others follow. */
  readonly next: string | null;
}

/** Names as the caller wants them written. */
type Encode = (text: string) => string;

/** Version 2: pages by tokens. */
export function listObjects(bucketName: string, bucket: Bucket, query: URLSearchParams): CloudResponse {
  const token = query.get("continuation-token");
  const after =
    token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString("utf8");
  const { limit, entries, next } = pageOf(bucket, query, after);
  const encode = encoding(query);
  const owner = query.get("fetch-owner") === "true" ? OWNER : "";
  return xmlAnswer(
    "ListBucketResult",
    [
      common(bucketName, query, limit, encode),
      `<KeyCount>${String(entries.length)}</KeyCount><IsTruncated>${String(next !== null)}</IsTruncated>`,
      next === null
        ? ""
        : `<NextContinuationToken>${Buffer.from(next).toString("base64url")}</NextContinuationToken>`,
      ...entries.map((entry) => entryXml(entry, encode, owner)),
    ].join(""),
  );
}

/** Version 1: pages by the last name, which is told where there is a delimiter, and else is the last key. */
export function listObjectsOnce(bucketName: string, bucket: Bucket, query: URLSearchParams): CloudResponse {
  const marker = query.get("marker") ?? "";
  const { limit, entries, next } = pageOf(bucket, query, marker);
  const encode = encoding(query);
  const tellsNext = next !== null && (query.get("delimiter") ?? "") !== "";
  return xmlAnswer(
    "ListBucketResult",
    [
      common(bucketName, query, limit, encode),
      `<Marker>${encode(marker)}</Marker><IsTruncated>${String(next !== null)}</IsTruncated>`,
      tellsNext ? `<NextMarker>${encode(next)}</NextMarker>` : "",
      ...entries.map((entry) => entryXml(entry, encode, OWNER)),
    ].join(""),
  );
}

function pageOf(bucket: Bucket, query: URLSearchParams, after: string): Page {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const limit = Math.min(Number(query.get("max-keys") ?? MAX_KEYS), MAX_KEYS);
  const rest = bucket.list().filter(({ key }) => isAfter(key, after));
  const all = entriesOf(rest, prefix, delimiter).filter(({ name }) => name !== after);
  const entries = all.slice(0, limit);
  return { limit, entries, next: all.length > entries.length ? (entries.at(-1)?.name ?? "") : null };
}

function common(bucketName: string, query: URLSearchParams, limit: number, encode: Encode): string {
  const delimiter = query.get("delimiter") ?? "";
  const prefix = encode(query.get("prefix") ?? "");
  return [
    `<Name>${escapeXml(bucketName)}</Name><Prefix>${prefix}</Prefix><MaxKeys>${String(limit)}</MaxKeys>`,
    delimiter === "" ? "" : `<Delimiter>${encode(delimiter)}</Delimiter>`,
    query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : "",
  ].join("");
}

function encoding(query: URLSearchParams): Encode {
  return query.get("encoding-type") === "url" ? encodeURIComponent : escapeXml;
}

function entriesOf(objects: readonly ObjectFacts[], prefix: string, delimiter: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const object of objects) {
    if (!object.key.startsWith(prefix)) continue;
    const cut = delimiter === "" ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = cut === -1 ? object.key : object.key.slice(0, cut + delimiter.length);
    if (cut === -1) entries.push({ name, object });
    else if (entries.at(-1)?.name !== name) entries.push({ name, object: null });
  }
  return entries;
}

/** In the order of their bytes; after "" is every name. */
export function isAfter(name: string, after: string): boolean {
  return after === "" || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

function entryXml({ name, object }: Entry, encode: Encode, owner: string): string {
  if (object === null) return `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`;
  const when = object.lastModified.toISOString();
  const facts = `<LastModified>${when}</LastModified><ETag>${escapeXml(object.etag)}</ETag><Size>${String(object.size)}</Size>`;
  return `<Contents><Key>${encode(name)}</Key>${facts}${owner}<StorageClass>STANDARD</StorageClass></Contents>`;
}

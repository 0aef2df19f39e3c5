/** ListObjectsV2: prefix, delimiter and pages. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
import type { Bucket, ObjectFacts } from "./objects";
import { ServiceError, type CloudResponse } from "../service";
import { escapeXml } from "../xml";

const MAX_KEYS = 1000;

/** One line of the answer: an object, or the common prefix of several. */
type Entry =
  { readonly name: string; readonly object: ObjectFacts } | { readonly name: string; readonly object: null };

export function listObjects(bucketName: string, bucket: Bucket, query: URLSearchParams): CloudResponse {
  if (query.get("list-type") !== "2") {
    throw new ServiceError(
      "NotImplemented",
      "The local cloud's S3 lists by ListObjectsV2; ask with list-type=2.",
      501,
    );
  }
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after =
    token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString("utf8");
  const limit = Math.min(Number(query.get("max-keys") ?? MAX_KEYS), MAX_KEYS);
  const rest = bucket.list().filter(({ key }) => isAfter(key, after));
  const entries = entriesOf(rest, prefix, delimiter).filter(({ name }) => name !== after);
  const page = entries.slice(0, limit);
  const next = entries.length > page.length ? (page.at(-1)?.name ?? "") : null;
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : escapeXml;
  const body = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${escapeXml(bucketName)}</Name><Prefix>${encode(prefix)}</Prefix><MaxKeys>${String(limit)}</MaxKeys>`,
    delimiter === "" ? "" : `<Delimiter>${encode(delimiter)}</Delimiter>`,
    query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : "",
    `<KeyCount>${String(page.length)}</KeyCount><IsTruncated>${String(next !== null)}</IsTruncated>`,
    next === null
      ? ""
      : `<NextContinuationToken>${Buffer.from(next).toString("base64url")}</NextContinuationToken>`,
    ...page.map((entry) => entryXml(entry, encode)),
    "</ListBucketResult>",
  ];
  return { status: 200, headers: { "Content-Type": "application/xml" }, body: body.join("") };
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

function entryXml({ name, object }: Entry, encode: (text: string) => string): string {
  if (object === null) return `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`;
  const when = object.lastModified.toISOString();
  const facts = `<LastModified>${when}</LastModified><ETag>${escapeXml(object.etag)}</ETag><Size>${String(object.size)}</Size>`;
  return `<Contents><Key>${encode(name)}</Key>${facts}<StorageClass>STANDARD</StorageClass></Contents>`;
}

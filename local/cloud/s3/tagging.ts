/** Tags of objects: sent with an object, or put, read and removed by themselves. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
import { malformedXml, noSuchKey, xmlAnswer, xmlFields } from "./answers";
import type { Bucket, ObjectFacts } from "./objects";
import { elementsOf, textOf } from "./request-xml";
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";

type Tags = readonly [key: string, value: string][];

/** The header by which tags come with an object; they are kept with its headers. */
export const TAGGING = "x-amz-tagging";
const MOST_TAGS = 10;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

/** Throws what S3 refuses tags by that come with an object. */
export function checkTaggingHeader({ headers }: CloudRequest): void {
  const header = headers[TAGGING];
  if (header === undefined) return;
  const tags = [...new URLSearchParams(String(header))];
  if (hasTwice(tags)) {
    const message =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
    throw new ServiceError("InvalidArgument", message);
  }
  check(tags);
}

export function hasTags({ headers }: Pick<ObjectFacts, "headers">): boolean {
  return (headers[TAGGING] ?? "") !== "";
}

export function tagCount(object: ObjectFacts): number {
  return tagsOf(object).length;
}

export function getTagging(bucket: Bucket, key: string): CloudResponse {
  const tags = tagsOf(objectOf(bucket, key));
  const written = tags.map(([Key, Value]) => `<Tag>${xmlFields({ Key, Value })}</Tag>`);
  return xmlAnswer("Tagging", `<TagSet>${written.join("")}</TagSet>`);
}

export function putTagging(bucket: Bucket, key: string, { body }: CloudRequest): CloudResponse {
  const object = objectOf(bucket, key);
  const [set] = elementsOf(body.toString("utf8"), "TagSet");
  if (set === undefined) throw malformedXml();
  const tags = elementsOf(set, "Tag").map((tag): [string, string] => {
    const [name, value] = [textOf(tag, "Key"), textOf(tag, "Value")];
    if (name === null || value === null) throw malformedXml();
    return [name, value];
  });
  if (hasTwice(tags)) throw invalidTag("Cannot provide multiple Tags with the same key");
  check(tags);
  bucket.relabel(object, {
    ...object.headers,
    [TAGGING]: new URLSearchParams(tags).toString(),
  });
  return { status: 200 };
}

export function deleteTagging(bucket: Bucket, key: string): CloudResponse {
  const object = objectOf(bucket, key);
  const others = Object.entries(object.headers).filter(([name]) => name !== TAGGING);
  bucket.relabel(object, Object.fromEntries(others));
  return { status: 204 };
}

function objectOf(bucket: Bucket, key: string): ObjectFacts {
  const object = bucket.find(key);
  if (object === null) throw noSuchKey();
  return object;
}

function tagsOf({ headers }: ObjectFacts): Tags {
  return [...new URLSearchParams(headers[TAGGING] ?? "")];
}

function hasTwice(tags: Tags): boolean {
  return new Set(tags.map(([key]) => key)).size < tags.length;
}

function check(tags: Tags): void {
  if (tags.length > MOST_TAGS)
    throw new ServiceError("BadRequest", `Object tags cannot be greater than ${String(MOST_TAGS)}`);
  for (const [key, value] of tags) {
    if (key === "" || key.length > LONGEST_KEY) throw invalidTag("The TagKey you have provided is invalid");
    if (value.length > LONGEST_VALUE) throw invalidTag("The TagValue you have provided is invalid");
  }
}

function invalidTag(message: string): ServiceError {
  return new ServiceError("InvalidTag", message);
}

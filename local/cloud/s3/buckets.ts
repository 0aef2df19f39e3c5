/** What S3 does with buckets themselves: makes, lists and removes them, for those who have no program that declares them. */
import type { Bucket } from "./objects";
import { ServiceError, type CloudResponse } from "../service";
import { escapeXml } from "../xml";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const XML = { "Content-Type": "application/xml" };
const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

export interface Buckets {
  /** Throws BucketAlreadyOwnedByYou, InvalidBucketName. */
  create(name: string): CloudResponse;
  /** Throws NoSuchBucket, BucketNotEmpty. */
  remove(name: string): CloudResponse;
  list(): CloudResponse;
}

/** Which buckets were made by call, beyond the process. */
export interface BucketRecords {
  all(): readonly { readonly name: string; readonly createdMs: number }[];
  put(name: string, createdMs: number): void;
  remove(name: string): void;
}

/** `make` gives a bucket of that name, with the objects that are kept of it. */
export function createBuckets(
  buckets: Map<string, Bucket>,
  make: (name: string) => Bucket,
  now: () => number,
  records: BucketRecords | null = null,
): Buckets {
  const kept = records?.all() ?? [];
  const createdMs = new Map(kept.map((bucket) => [bucket.name, bucket.createdMs]));
  for (const { name } of kept) buckets.set(name, make(name));
  return {
    create(name) {
      if (!BUCKET_NAME.test(name))
        throw new ServiceError("InvalidBucketName", "The specified bucket is not valid.");
      if (buckets.has(name)) {
        const message = "Your previous request to create the named bucket succeeded and you already own it.";
        throw new ServiceError("BucketAlreadyOwnedByYou", message, 409);
      }
      buckets.set(name, make(name));
      createdMs.set(name, now());
      records?.put(name, now());
      return { status: 200, headers: { Location: `/${name}` } };
    },
    remove(name) {
      const bucket = buckets.get(name);
      if (bucket === undefined)
        throw new ServiceError("NoSuchBucket", "The specified bucket does not exist", 404);
      if (bucket.list().length > 0)
        throw new ServiceError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
      buckets.delete(name);
      records?.remove(name);
      return { status: 204 };
    },
    list() {
      const started = now();
      const listed = [...buckets.keys()].sort().map((name) => {
        const created = new Date(createdMs.get(name) ?? started).toISOString();
        return `<Bucket><Name>${escapeXml(name)}</Name><CreationDate>${created}</CreationDate></Bucket>`;
      });
      const owner = "<Owner><ID>local</ID><DisplayName>local</DisplayName></Owner>";
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult xmlns="${NAMESPACE}">${owner}<Buckets>${listed.join("")}</Buckets></ListAllMyBucketsResult>`;
      return { status: 200, headers: XML, body };
    },
  };
}

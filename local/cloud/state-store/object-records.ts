/** What S3 keeps of buckets and objects; their contents are files beside the database. */
import type { DatabaseSync } from "node:sqlite";
import type { S3Records } from "../s3/s3";
import type { ObjectRecord } from "../s3/objects";
import type { Documents } from "./documents";

/** The kind of documents that tell of buckets made by call. */
const BUCKET = "bucket";

/** Each is written when it is told, not at the end of the turn: a file is moved next. */
export function createObjectRecords(database: DatabaseSync, documents: Documents): S3Records {
  const put = database.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM objects WHERE bucket = ? AND key = ?");
  const ofBucket = database.prepare("SELECT facts FROM objects WHERE bucket = ?");
  return {
    buckets: {
      all: () =>
        documents.documents(BUCKET).map(({ key: name, value }) => ({ name, createdMs: Number(value) })),
      put(name, createdMs) {
        documents.keepNow(BUCKET, name, createdMs);
      },
      remove(name) {
        documents.keepNow(BUCKET, name, null);
      },
    },
    objects: (bucket) => ({
      all: () =>
        (ofBucket.all(bucket) as { facts: string }[]).map(({ facts }) => JSON.parse(facts) as ObjectRecord),
      put(record) {
        put.run(bucket, record.key, JSON.stringify(record));
      },
      remove(key) {
        remove.run(bucket, key);
      },
    }),
  };
}

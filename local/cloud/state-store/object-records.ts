/** What S3 keeps of buckets, objects and uploads under way; their contents are files beside the database. */
import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../graph";
import type { KeptPart, KeptUpload, UploadRecords } from "../s3/kept-uploads";
import type { S3Records } from "../s3/s3";
import type { ObjectRecord } from "../s3/objects";
import type { Documents } from "./documents";

/** Kinds of documents: of buckets made by call, of uploads, and of the parts of these. */
const BUCKET = "bucket";
const UPLOAD = "upload";
const PART = "part";

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
    uploads: uploadRecords(documents),
    objects: (bucket) => ({
      all: () =>
        (ofBucket.all(bucket) as { facts: string }[]).map(({ facts }) => JSON.parse(facts) as ObjectRecord),
      put(record) {
        put.run(bucket, record.key, JSON.stringify(record));
      },
      remove(key) {
        remove.run(bucket, key);
      },
      besides: () =>
        uploadRecords(documents)
          .all()
          .filter((upload) => upload.bucket === bucket)
          .map(({ beside }) => beside),
    }),
  };
}

function uploadRecords(documents: Documents): UploadRecords {
  const keyOf = (id: string, number: number | ""): string => `${id} ${String(number)}`;
  return {
    all: () => documents.documents(UPLOAD).map(({ value }) => value as unknown as KeptUpload),
    partsOf: (id) =>
      documents.documents(PART, keyOf(id, "")).map(({ value }) => value as unknown as KeptPart),
    put(upload) {
      documents.keepNow(UPLOAD, upload.id, { ...upload } as unknown as Json);
    },
    putPart(id, part) {
      documents.keepNow(PART, keyOf(id, part.number), { ...part });
    },
    remove(id) {
      // The upload first: parts of none are nobody's, and no upload comes back without a part that was told of.
      documents.keepNow(UPLOAD, id, null);
      for (const { key } of documents.documents(PART, keyOf(id, ""))) documents.keepNow(PART, key, null);
    },
  };
}

/** Multipart uploads under way: their parts lie as files beside the bucket's objects, and end with the process unless they are kept. */
import { randomBytes, randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { keptUploads, type UploadRecords } from "./kept-uploads";
import { md5, type Bucket } from "./objects";
import { ServiceError } from "../service";

export interface Part {
  readonly number: number;
  readonly size: number;
  /** In quotes, as on the wire. */
  readonly etag: string;
  readonly md5: Buffer;
  /** By the algorithm of its upload; null where there is none, or it is not known. */
  readonly checksum: string | null;
  readonly lastModified: Date;
  readonly file: string;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: Date;
  /** What the object will have. */
  readonly headers: Readonly<Record<string, string>>;
  /** `crc32`, `sha256`, …; null when the object gets no checksum. */
  readonly algorithm: string | null;
  readonly checksumType: "COMPOSITE" | "FULL_OBJECT";
  readonly directory: string;
  readonly parts: ReadonlyMap<number, Part>;
}

export interface Uploads {
  begin(bucket: Bucket, upload: Omit<Upload, "id" | "directory" | "parts">): Upload;
  /** Throws NoSuchUpload. */
  find(bucket: string, key: string, id: string): Upload;
  /** Takes the place of the part with that number. Throws NoSuchUpload when the upload ended meanwhile. */
  put(upload: Upload, number: number, content: Buffer, checksum: string | null, now: Date): Promise<Part>;
  /** From here on there is no such upload; its parts stay until `discard`. */
  end(upload: Upload): void;
  discard(upload: Upload): void;
  /** Of a bucket, by key and then by the time of their beginning. */
  list(bucket: string): readonly Upload[];
}

/** `directoryOf` gives that of a bucket. @default records none: an upload ends with the process */
export function createUploads(
  records: UploadRecords | null,
  directoryOf: (bucket: string) => string,
): Uploads {
  const uploads = new Map<string, Upload & { readonly parts: Map<number, Part> }>(
    (records === null ? [] : keptUploads(records, directoryOf)).map((upload) => [upload.id, upload]),
  );
  return {
    begin(bucket, upload) {
      const id = randomBytes(32).toString("base64url");
      const begun = { ...upload, id, directory: bucket.besidePath(), parts: new Map<number, Part>() };
      uploads.set(id, begun);
      records?.put({
        ...upload,
        id,
        initiatedMs: upload.initiated.getTime(),
        beside: basename(begun.directory),
      });
      return begun;
    },
    find(bucket, key, id) {
      const upload = uploads.get(id);
      if (upload?.bucket !== bucket || upload.key !== key) throw noSuchUpload();
      return upload;
    },
    async put({ id, directory }, number, content, checksum, now) {
      await mkdir(directory, { recursive: true });
      // Never over an older one of that number: that counts until this one is whole.
      const file = join(directory, `${String(number)}-${randomUUID()}`);
      await writeFile(file, content);
      const parts = uploads.get(id)?.parts;
      if (parts === undefined) {
        // The file alone: the upload may be being completed. An empty directory goes with the next start.
        rmSync(file, { force: true });
        throw noSuchUpload();
      }
      const older = parts.get(number);
      const digest = md5(content);
      const etag = `"${digest.toString("hex")}"`;
      const part = { number, size: content.length, etag, md5: digest, checksum, lastModified: now, file };
      records?.putPart(id, {
        ...{ number, size: part.size, etag, checksum },
        ...{ md5: digest.toString("base64"), modifiedMs: now.getTime(), file: basename(file) },
      });
      parts.set(number, part);
      if (older !== undefined) rmSync(older.file, { force: true });
      return part;
    },
    end({ id }) {
      uploads.delete(id);
    },
    discard({ id, directory }) {
      uploads.delete(id);
      records?.remove(id);
      rmSync(directory, { recursive: true, force: true });
    },
    list: (bucket) =>
      [...uploads.values()]
        .filter((upload) => upload.bucket === bucket)
        .sort(
          (a, b) =>
            Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) ||
            a.initiated.getTime() - b.initiated.getTime(),
        ),
  };
}

function noSuchUpload(): ServiceError {
  return new ServiceError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
  );
}

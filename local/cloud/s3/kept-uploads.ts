/** Multipart uploads as they are kept beyond the process, and as they come back. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Part, Upload } from "./uploads";

export interface KeptUpload extends Omit<Upload, "initiated" | "directory" | "parts"> {
  readonly initiatedMs: number;
  /** Of the directory with its parts: its name within the bucket's. */
  readonly beside: string;
}

export interface KeptPart extends Omit<Part, "md5" | "lastModified" | "file"> {
  /** In Base64. */
  readonly md5: string;
  readonly modifiedMs: number;
  /** Its name within the upload's directory. */
  readonly file: string;
}

/** Where uploads under way are known beyond the process; what was done is kept when the call returns. */
export interface UploadRecords {
  all(): readonly KeptUpload[];
  partsOf(id: string): readonly KeptPart[];
  put(upload: KeptUpload): void;
  /** Takes the place of the part with that number. */
  putPart(id: string, part: KeptPart): void;
  /** With its parts. */
  remove(id: string): void;
}

export function keptUploads(
  records: UploadRecords,
  directoryOf: (bucket: string) => string,
): readonly (Upload & { readonly parts: Map<number, Part> })[] {
  return records.all().map(({ beside, initiatedMs, ...upload }) => {
    const directory = join(directoryOf(upload.bucket), beside);
    const parts = records
      .partsOf(upload.id)
      .map(({ modifiedMs, ...part }) => ({
        ...part,
        md5: Buffer.from(part.md5, "base64"),
        lastModified: new Date(modifiedMs),
        file: join(directory, part.file),
      }))
      // Where the machine lost power, a file may be shorter than what was written to it.
      .filter(({ file, size }) => existsSync(file) && statSync(file).size === size);
    return {
      ...upload,
      directory,
      initiated: new Date(initiatedMs),
      parts: new Map(parts.map((part) => [part.number, part])),
    };
  });
}

/**
 * The objects of the local S3: contents as files under the run's directory, for people to open; what is known of them in
 * memory, since a run's objects live as long as the run.
 */
import { createHash, randomUUID } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What HeadObject tells of an object. */
export interface ObjectFacts {
  readonly key: string;
  readonly size: number;
  /** In quotes, as on the wire. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Content-Type, user metadata and checksums, as header names and values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where its content lies. */
  readonly file: string;
}

export interface Bucket {
  put(
    key: string,
    content: Buffer,
    headers: Readonly<Record<string, string>>,
    now: Date,
  ): Promise<ObjectFacts>;
  find(key: string): ObjectFacts | null;
  /** Null when its file is gone. */
  read(object: ObjectFacts): Promise<Buffer | null>;
  remove(key: string): void;
  /** In order of their UTF-8 bytes, as S3 lists them. */
  list(): readonly ObjectFacts[];
}

/** Part of a path that any file system takes and nobody reads as something else. */
const PLAIN_PART = /^(?!\.{1,2}$)[A-Za-z0-9!_.'()=-]{1,120}$/;
const LONGEST_PLAIN_KEY = 512;
/** Where the other keys' contents lie, by their hash. */
const ODD_KEYS = ".odd-keys";
const FOLDER = Symbol("folder");

export function createBucket(directory: string): Bucket {
  const objects = new Map<string, ObjectFacts>();
  /** What each path in use is, in lower case (macOS takes A and a for one file): the key's own file, or a folder above one. */
  const taken = new Map<string, string | typeof FOLDER>();

  function fileFor(key: string): string {
    const odd = join(directory, ODD_KEYS, createHash("sha256").update(key).digest("hex"));
    const parts = key.split("/");
    if (
      key.length > LONGEST_PLAIN_KEY ||
      parts[0] === ODD_KEYS ||
      !parts.every((part) => PLAIN_PART.test(part))
    )
      return odd;
    const paths = parts.map((_, index) =>
      parts
        .slice(0, index + 1)
        .join("/")
        .toLowerCase(),
    );
    const own = paths.pop() ?? "";
    if ((taken.get(own) ?? key) !== key || paths.some((folder) => (taken.get(folder) ?? FOLDER) !== FOLDER))
      return odd;
    for (const folder of paths) taken.set(folder, FOLDER);
    taken.set(own, key);
    return join(directory, ...parts);
  }

  return {
    async put(key, content, headers, now) {
      const file = objects.get(key)?.file ?? fileFor(key);
      await mkdir(dirname(file), { recursive: true });
      // Written beside and moved over, in one step with its facts: a reader sees the old object or the new one, whole.
      const beside = join(directory, `.writing-${randomUUID()}`);
      await writeFile(beside, content);
      renameSync(beside, file);
      const etag = `"${createHash("md5").update(content).digest("hex")}"`;
      const facts: ObjectFacts = { key, size: content.length, etag, lastModified: now, headers, file };
      objects.set(key, facts);
      return facts;
    },
    find: (key) => objects.get(key) ?? null,
    read: (object) => readFile(object.file).catch(() => null),
    remove(key) {
      const object = objects.get(key);
      objects.delete(key);
      if (object !== undefined) rmSync(object.file, { force: true });
    },
    list: () => [...objects.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))),
  };
}

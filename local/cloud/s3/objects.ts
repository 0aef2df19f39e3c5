/**
 * The objects of the local S3: contents as files, for people to open; what is known of them in memory, since a run's objects
 * live as long as the run, unless somebody keeps records of them.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { appendFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { notImplemented } from "./answers";

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

/** Throws what keeps an object from being written, given the one that it would take the place of. */
export type WriteCheck = (existing: ObjectFacts | null) => void;

export interface Bucket {
  /** `check` is asked in the moment of writing: of two who want to be the first, one is. @default every write is fine */
  put(
    key: string,
    content: Buffer,
    headers: Readonly<Record<string, string>>,
    now: Date,
    check?: WriteCheck,
  ): Promise<ObjectFacts>;
  /** As `put`, of a content that lies in files, one after the other; they stay. */
  join(
    key: string,
    files: readonly string[],
    facts: Pick<ObjectFacts, "size" | "etag" | "headers">,
    now: Date,
    check?: WriteCheck,
  ): Promise<ObjectFacts>;
  find(key: string): ObjectFacts | null;
  /** All of it, or from the first byte to the last one of a range. Null when its file is gone. Throws NotImplemented beyond 2 GiB. */
  read(object: ObjectFacts, range?: ByteRange | null): Promise<Buffer | null>;
  /** Other headers, and the same object: its date stays. Of one that has been written over meanwhile nothing is changed. */
  relabel(object: ObjectFacts, headers: ObjectFacts["headers"]): void;
  remove(key: string): void;
  /** In order of their UTF-8 bytes, as S3 lists them. */
  list(): readonly ObjectFacts[];
  /** A path of nobody's within the bucket's directory, for what is not an object yet; it goes at a restart unless it is an upload's. */
  besidePath(): string;
}

/** First and last byte, both counted from 0. */
export type ByteRange = readonly [first: number, last: number];

/** An object as it is kept: its file, and the one beside it that is moved there, by their paths within the bucket. */
export interface ObjectRecord extends Omit<ObjectFacts, "lastModified" | "file"> {
  readonly modifiedMs: number;
  readonly file: string;
  readonly beside: string;
}

/** Where one bucket's objects are known beyond the process; what was done is kept when the call returns. */
export interface ObjectRecords {
  all(): readonly ObjectRecord[];
  put(record: ObjectRecord): void;
  remove(key: string): void;
  /** Directories beside the objects that have the parts of uploads. */
  besides(): readonly string[];
}

const BESIDE = ".writing-";
/** What Node reads at once. */
const LONGEST_READ_BYTES = 2 ** 31 - 1;

/** Part of a path that any file system takes and nobody reads as something else. */
const PLAIN_PART = /^(?!\.{1,2}$)[A-Za-z0-9!_.'()=-]{1,120}$/;
const LONGEST_PLAIN_KEY = 512;
/** Where the other keys' contents lie, by their hash. */
const ODD_KEYS = ".odd-keys";
const FOLDER = Symbol("folder");

/** @default records none: what lies in the directory does not count */
export function createBucket(directory: string, records: ObjectRecords | null = null): Bucket {
  const objects = new Map<string, ObjectFacts>();
  /** What each path in use is, in lower case (macOS takes A and a for one file): the key's own file, or a folder above one. */
  const taken = new Map<string, string | typeof FOLDER>();

  function fileFor(key: string): string {
    const odd = join(directory, ODD_KEYS, createHash("sha256").update(key).digest("hex"));
    const parts = key.split("/");
    if (
      key.length > LONGEST_PLAIN_KEY ||
      parts[0] === ODD_KEYS ||
      parts[0]?.startsWith(BESIDE) === true ||
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
    take(parts, key);
    return join(directory, ...parts);
  }

  function take(parts: readonly string[], key: string): void {
    const paths = parts.map((_, index) =>
      parts
        .slice(0, index + 1)
        .join("/")
        .toLowerCase(),
    );
    taken.set(paths.pop() ?? "", key);
    for (const folder of paths) taken.set(folder, FOLDER);
  }

  /** What was to be moved when the process ended is moved now; what nobody had been told of goes. */
  function readBack({ all, besides }: ObjectRecords): void {
    for (const { beside, modifiedMs, ...record } of all()) {
      const file = join(directory, record.file);
      if (existsSync(join(directory, beside))) renameSync(join(directory, beside), file);
      objects.set(record.key, { ...record, file, lastModified: new Date(modifiedMs) });
      if (!record.file.startsWith(ODD_KEYS)) take(record.file.split("/"), record.key);
    }
    const left = existsSync(directory) ? readdirSync(directory) : [];
    const ofUploads = new Set(besides());
    for (const name of left.filter((each) => each.startsWith(BESIDE) && !ofUploads.has(each)))
      rmSync(join(directory, name), { recursive: true });
  }
  if (records !== null) readBack(records);

  /** Written beside and moved over, in one step with its facts: a reader sees the old object or the new one, whole. */
  async function store(
    key: string,
    write: (file: string) => Promise<void>,
    facts: Pick<ObjectFacts, "size" | "etag" | "headers">,
    now: Date,
    check: WriteCheck = () => undefined,
  ): Promise<ObjectFacts> {
    const file = objects.get(key)?.file ?? fileFor(key);
    await mkdir(dirname(file), { recursive: true });
    const beside = newBeside();
    await write(join(directory, beside));
    try {
      check(objects.get(key) ?? null);
    } catch (error) {
      rmSync(join(directory, beside));
      throw error;
    }
    const { size, etag, headers } = facts;
    const known = { key, size, etag, headers };
    records?.put({ ...known, modifiedMs: now.getTime(), file: relative(directory, file), beside });
    renameSync(join(directory, beside), file);
    const object: ObjectFacts = { ...known, lastModified: now, file };
    objects.set(key, object);
    return object;
  }

  return {
    put(key, content, headers, now, check) {
      const facts = { size: content.length, etag: `"${md5(content).toString("hex")}"`, headers };
      return store(key, (file) => writeFile(file, content), facts, now, check);
    },
    join(key, files, facts, now, check) {
      const write = async (file: string): Promise<void> => {
        for (const each of files) await appendFile(file, await readFile(each));
      };
      return store(key, write, facts, now, check);
    },
    find: (key) => objects.get(key) ?? null,
    async read(object, range = null) {
      const length = range === null ? object.size : range[1] - range[0] + 1;
      if (length > LONGEST_READ_BYTES)
        throw notImplemented("answer of 2 GiB and more; read the object by ranges");
      try {
        return await (range === null ? readFile(object.file) : readRange(object.file, range));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    relabel({ key, size, etag, lastModified, file }, headers) {
      if (objects.get(key)?.lastModified !== lastModified) return;
      const known = { key, size, etag, headers };
      const kept = { ...known, modifiedMs: lastModified.getTime(), file: relative(directory, file) };
      // There is nothing beside it that would have to be moved.
      records?.put({ ...kept, beside: newBeside() });
      objects.set(key, { ...known, lastModified, file });
    },
    remove(key) {
      const object = objects.get(key);
      records?.remove(key);
      objects.delete(key);
      if (object !== undefined) rmSync(object.file, { force: true });
    },
    list: () => [...objects.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))),
    besidePath: () => join(directory, newBeside()),
  };
}

function newBeside(): string {
  return `${BESIDE}${randomUUID()}`;
}

export function md5(content: Buffer): Buffer {
  return createHash("md5").update(content).digest();
}

async function readRange(file: string, [first, last]: ByteRange): Promise<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(last - first + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, first);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

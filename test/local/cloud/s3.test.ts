import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { decodeAwsChunked } from "../../../local/cloud/s3/aws-chunked";
import { systemClock } from "../../../local/cloud/clock";
import { createS3, type S3 } from "../../../local/cloud/s3/s3";
import { openLoopback, ROLE, temporaryDirectory, type Loopback } from "./loopback";

const Bucket = "sky";
const directory = temporaryDirectory();
let loopback: Loopback;
let local: S3;
let s3: S3Client;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    local = createS3({ access, clock: systemClock, directory });
    local.createBucket(Bucket);
    local.createBucket("pages");
    return [local.service];
  });
  // As a function has it: an address is path-style without being told.
  s3 = new S3Client(loopback.client);
});

afterAll(async () => {
  s3.destroy();
  await loopback.close();
});

async function textOf(Key: string, Range?: string): Promise<string | undefined> {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  return answer.Body?.transformToString();
}

async function errorOf(sent: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  const error = await sent.then(
    () => new Error("no error"),
    (caught: unknown) => caught as Error & { $metadata?: { httpStatusCode?: number } },
  );
  return { name: error.name, status: "$metadata" in error ? error.$metadata?.httpStatusCode : undefined };
}

describe("objects", () => {
  test("an object comes back as it was put, with its type, its metadata and the MD5 of its content as ETag", async () => {
    const Body = Buffer.from("0123456789");
    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "a/b.json",
        Body,
        ContentType: "application/json",
        Metadata: { who: "me" },
      }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "a/b.json" }));
    expect(await got.Body?.transformToString()).toBe("0123456789");
    expect(got).toMatchObject({
      ContentType: "application/json",
      Metadata: { who: "me" },
      ContentLength: 10,
    });
    expect(got.ETag).toBe(`"${createHash("md5").update(Body).digest("hex")}"`);
    expect(put.ETag).toBe(got.ETag);
    expect(got.ChecksumCRC32).toBe(put.ChecksumCRC32);
  });

  test("a stream, which the SDK sends in aws-chunked pieces with a trailing checksum, is stored without the pieces", async () => {
    const content = Buffer.alloc(300_000, "stars ");
    const Body = Readable.from([content.subarray(0, 100_000), content.subarray(100_000)]);
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "stream",
        Body,
        ContentLength: content.length,
        ContentEncoding: "identity",
      }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "stream" }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
    expect(got.ContentEncoding).toBe("identity");
  });

  test("content that does not match its checksum is refused", async () => {
    const wrong = s3.send(
      new PutObjectCommand({ Bucket, Key: "bad", Body: "abc", ChecksumCRC32: "AAAAAA==" }),
    );
    expect(await errorOf(wrong)).toEqual({ name: "BadDigest", status: 400 });
    expect(local.fileOf(Bucket, "bad")).toBeNull();
  });

  test("a range gives its bytes and no more", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "digits", Body: "0123456789" }));
    expect(await textOf("digits", "bytes=2-4")).toBe("234");
    expect(await textOf("digits", "bytes=7-99")).toBe("789");
    expect(await textOf("digits", "bytes=-3")).toBe("789");
    const range = await s3.send(new GetObjectCommand({ Bucket, Key: "digits", Range: "bytes=2-4" }));
    expect(range.ContentRange).toBe("bytes 2-4/10");
    expect(await errorOf(textOf("digits", "bytes=10-"))).toEqual({ name: "InvalidRange", status: 416 });
  });

  test("the head of an object tells its size without its content", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "head", Body: "abc" }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "head" }))).toMatchObject({ ContentLength: 3 });
    expect(await errorOf(s3.send(new HeadObjectCommand({ Bucket, Key: "no-head" })))).toEqual({
      name: "NotFound",
      status: 404,
    });
  });

  test("a deleted object is gone, and deleting it again is no error", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "abc" }));
    const file = local.fileOf(Bucket, "gone") ?? "";
    expect(existsSync(file)).toBe(true);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    expect(existsSync(file)).toBe(false);
    expect(await errorOf(textOf("gone"))).toEqual({ name: "NoSuchKey", status: 404 });
  });

  test("a reader of an object that is overwritten again and again always gets a whole one", async () => {
    const put = (n: number): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket, Key: "hot", Body: String(n).repeat(1000 * (n + 1)) }));
    await put(0);
    const writes = Promise.all(Array.from({ length: 10 }, (_, n) => put(n)));
    const texts = await Promise.all(Array.from({ length: 20 }, () => textOf("hot")));
    await writes;
    for (const text of texts) expect(text).toMatch(/^(\d)\1*$/);
  });

  test("If-None-Match keeps what is there", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "once", Body: "first" }));
    const again = s3.send(new PutObjectCommand({ Bucket, Key: "once", Body: "second", IfNoneMatch: "*" }));
    expect(await errorOf(again)).toEqual({ name: "PreconditionFailed", status: 412 });
    expect(await textOf("once")).toBe("first");
  });

  test("of many who write where nothing must be, at the same time, one does", async () => {
    const writers = Array.from({ length: 8 }, (_, n) =>
      s3.send(new PutObjectCommand({ Bucket, Key: "lock", Body: `writer ${String(n)}`, IfNoneMatch: "*" })),
    );
    const settled = await Promise.allSettled(writers);
    const winners = settled.flatMap(({ status }, n) => (status === "fulfilled" ? [n] : []));
    expect(winners).toHaveLength(1);
    expect(await textOf("lock")).toBe(`writer ${String(winners[0])}`);
    expect(readdirSync(join(directory, Bucket)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("a bucket that the graph does not have does not exist", async () => {
    const put = s3.send(new PutObjectCommand({ Bucket: "elsewhere", Key: "a", Body: "" }));
    expect(await errorOf(put)).toEqual({ name: "NoSuchBucket", status: 404 });
    expect((await errorOf(s3.send(new HeadBucketCommand({ Bucket: "elsewhere" })))).status).toBe(404);
  });

  test("what it can't do is refused by name, and not done halfway", async () => {
    const response = await fetch(`${loopback.client.endpoint}/${Bucket}/digits?acl`, {
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${loopback.client.credentials.accessKeyId}/20261101/eu-west-1/s3/aws4_request`,
      },
    });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain("<Code>NotImplemented</Code>");
  });
});

describe("keys", () => {
  const odd = [
    "plain/é/ключ/星.json",
    "with space & <markup> \"quotes\" 'too' + plus % percent %2F ? # ; = : @",
    "a",
    "a/b",
    "a/b/c",
    "A",
    "trailing/",
    "double//slash",
    ".hidden",
    ".odd-keys/x",
    "~",
    "k".repeat(1024),
    "back\\slash",
    "../outside",
    "x/../../../outside",
    "x/./y",
    "/leading",
  ];

  const titled = odd.map((key): [string, string] => [key.slice(0, 80), key]);

  test.each(titled)("the key %j is one object, inside the bucket's directory", async (_title, Key) => {
    await s3.send(new PutObjectCommand({ Bucket: "pages", Key, Body: `content of ${Key}` }));
    const got = await s3.send(new GetObjectCommand({ Bucket: "pages", Key }));
    expect(await got.Body?.transformToString()).toBe(`content of ${Key}`);
    const file = local.fileOf("pages", Key) ?? "";
    expect(resolve(file).startsWith(join(directory, "pages") + sep)).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(`content of ${Key}`);
  });

  test("are listed as they were put, each with its own content, in the order of their bytes", async () => {
    const { Contents = [], KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: "pages" }));
    const keys = Contents.map(({ Key }) => Key ?? "");
    const expected = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keys).toEqual(expected);
    expect(KeyCount).toBe(odd.length);
    expect(readdirSync(directory).sort()).toEqual(["pages", "sky"]);
    for (const Key of odd) {
      const got = await s3.send(new GetObjectCommand({ Bucket: "pages", Key }));
      expect(await got.Body?.transformToString()).toBe(`content of ${Key}`);
    }
  });
});

describe("lists", () => {
  beforeAll(async () => {
    for (const Key of ["l/1", "l/2", "l/3/x", "l/3/y", "l/4"])
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "-" }));
  });

  test("a delimiter folds keys into common prefixes", async () => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "l/", Delimiter: "/" }));
    expect(answer.Contents?.map(({ Key }) => Key)).toEqual(["l/1", "l/2", "l/4"]);
    expect(answer.CommonPrefixes).toEqual([{ Prefix: "l/3/" }]);
  });

  test.each([1, 2, 3])("pages of %i entries together are the whole list", async (MaxKeys) => {
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Prefix: "l/", Delimiter: "/", MaxKeys, ContinuationToken }),
      );
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
      found.push(
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(found.sort()).toEqual(["l/1", "l/2", "l/3/", "l/4"]);
  });

  test("start after a key", async () => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "l/", StartAfter: "l/3/x" }));
    expect(answer.Contents?.map(({ Key }) => Key)).toEqual(["l/3/y", "l/4"]);
  });
});

test("every call is recorded with its role, action and resource", () => {
  const used = loopback.access.records().filter(({ principal }) => principal === ROLE);
  const rights = used.map(({ action, resource }) => `${action} ${resource}`);
  expect(rights).toEqual(
    expect.arrayContaining([
      "s3:PutObject arn:aws:s3:::sky/a/b.json",
      "s3:GetObject arn:aws:s3:::sky/a/b.json",
      "s3:DeleteObject arn:aws:s3:::sky/gone",
      "s3:ListBucket arn:aws:s3:::sky",
    ]),
  );
});

test("a signed chunk is taken without its signature, and a cut body is refused", () => {
  const whole = Buffer.from(
    "3;chunk-signature=ab\r\nabc\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n",
  );
  expect(decodeAwsChunked(whole)).toEqual({
    content: Buffer.from("abc"),
    trailers: { "x-amz-checksum-crc32": "NSRBwg==" },
  });
  expect(() => decodeAwsChunked(whole.subarray(0, 24))).toThrow("terminated unexpectedly");
});

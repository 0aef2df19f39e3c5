/** Objects sent in parts, by the SDK's own commands. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../../local/cloud/clock";
import { createS3 } from "../../../local/cloud/s3/s3";
import { openLoopback, temporaryDirectory, type Loopback } from "./loopback";

const Bucket = "large";
const SMALLEST = 5 * 1024 * 1024;
const FIRST = randomBytes(SMALLEST);
const LAST = Buffer.from("the rest, which may be short");
const directory = temporaryDirectory();
let loopback: Loopback;
let s3: S3Client;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    const local = createS3({ access, clock: systemClock, directory });
    local.createBucket(Bucket);
    local.createBucket("other");
    return [local.service];
  });
  s3 = new S3Client(loopback.client);
});

afterAll(async () => {
  s3.destroy();
  await loopback.close();
});

async function begin(
  Key: string,
  checksum: { ChecksumAlgorithm?: ChecksumAlgorithm; ChecksumType?: ChecksumType } = {},
): Promise<string> {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ContentType: "text/x-stars",
      Metadata: { who: "me" },
      ...checksum,
    }),
  );
  return UploadId ?? "";
}

async function send(Key: string, UploadId: string, PartNumber: number, Body: Buffer): Promise<CompletedPart> {
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
  return { ETag, PartNumber };
}

const complete = (Key: string, UploadId: string, Parts: CompletedPart[]) =>
  s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));

async function contentOf(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const md5 = (content: Buffer): Buffer => createHash("md5").update(content).digest();
const leftovers = (): readonly string[] =>
  readdirSync(join(directory, Bucket)).filter((name) => name.startsWith("."));

describe("an upload in parts", () => {
  test("is one object when it is completed, whatever the order in which its parts came", async () => {
    const id = await begin("two");
    const second = await send("two", id, 7, LAST);
    const first = await send("two", id, 2, FIRST);
    await expect(contentOf("two")).rejects.toMatchObject({ name: "NoSuchKey" });
    const done = await complete("two", id, [first, second]);
    const digest = md5(Buffer.concat([md5(FIRST), md5(LAST)])).toString("hex");
    expect(done).toMatchObject({ Bucket, Key: "two", ETag: `"${digest}-2"` });
    expect((await contentOf("two")).equals(Buffer.concat([FIRST, LAST]))).toBe(true);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "two" }))).toMatchObject({
      ETag: `"${digest}-2"`,
      ContentLength: FIRST.length + LAST.length,
      ContentType: "text/x-stars",
      Metadata: { who: "me" },
    });
    expect(leftovers()).toEqual([]);
  });

  test("takes the last content that a part was given, and leaves out parts that are not named", async () => {
    const id = await begin("again");
    const old = await send("again", id, 1, Buffer.from("old"));
    const part = await send("again", id, 1, Buffer.from("new"));
    await send("again", id, 2, Buffer.from("not named"));
    await expect(complete("again", id, [old])).rejects.toMatchObject({ name: "InvalidPart" });
    await complete("again", id, [part]);
    expect(String(await contentOf("again"))).toBe("new");
    expect(leftovers()).toEqual([]);
  });

  test("has a checksum of its parts' checksums", async () => {
    const id = await begin("composite", { ChecksumAlgorithm: "SHA256" });
    const sha256 = (content: Buffer): Buffer => createHash("sha256").update(content).digest();
    const parts = await Promise.all(
      [FIRST, LAST].map(async (content, index) => ({
        ...(await send("composite", id, index + 1, content)),
        ChecksumSHA256: sha256(content).toString("base64"),
      })),
    );
    const wrong = parts.map((part) => ({ ...part, ChecksumSHA256: sha256(FIRST).toString("base64") }));
    await expect(complete("composite", id, wrong)).rejects.toMatchObject({ name: "InvalidPart" });
    const done = await complete("composite", id, parts);
    const ofBoth = sha256(Buffer.concat([sha256(FIRST), sha256(LAST)])).toString("base64");
    expect(done).toMatchObject({ ChecksumSHA256: `${ofBoth}-2`, ChecksumType: "COMPOSITE" });
    await contentOf("composite");
  });

  test("has the checksum of the whole where that was asked for, which the SDK checks when it reads", async () => {
    const id = await begin("full", { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const parts = [await send("full", id, 1, FIRST), await send("full", id, 2, LAST)];
    const wrong = new CompleteMultipartUploadCommand({
      Bucket,
      Key: "full",
      UploadId: id,
      MultipartUpload: { Parts: parts },
      ChecksumCRC32: "AAAAAA==",
    });
    await expect(s3.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
    const done = await complete("full", id, parts);
    const whole = Buffer.concat([FIRST, LAST]);
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: "put", Body: whole }));
    expect(done).toMatchObject({ ChecksumCRC32: put.ChecksumCRC32, ChecksumType: "FULL_OBJECT" });
    expect((await contentOf("full")).equals(whole)).toBe(true);
  });

  test("is completed once by many who try at the same time", async () => {
    const id = await begin("once", { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const parts = [await send("once", id, 1, LAST)];
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => complete("once", id, parts)));
    const errors = tries.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
    expect(errors.map(({ name }) => name)).toEqual(Array.from({ length: 5 }, () => "NoSuchUpload"));
    expect((await contentOf("once")).equals(LAST)).toBe(true);
  });

  test("takes ranges of other objects as parts", async () => {
    await s3.send(new PutObjectCommand({ Bucket: "other", Key: "a source/ü", Body: "0123456789" }));
    const id = await begin("copied");
    const copy = (CopySourceRange?: string) =>
      s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: "copied",
          UploadId: id,
          PartNumber: 1,
          CopySource: `other/${encodeURIComponent("a source/ü")}`,
          CopySourceRange,
        }),
      );
    await expect(copy("bytes=5-10")).rejects.toMatchObject({ name: "InvalidRange" });
    const { CopyPartResult } = await copy("bytes=3-5");
    await complete("copied", id, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect(String(await contentOf("copied"))).toBe("345");
  });
});

describe("an upload is not completed", () => {
  const key = "refused";
  let id: string;
  let parts: CompletedPart[];
  beforeAll(async () => {
    id = await begin(key);
    parts = [await send(key, id, 1, LAST), await send(key, id, 2, LAST)];
  });

  test.each([
    ["with parts that are out of order", "InvalidPartOrder", () => [...parts].reverse()],
    ["with a part twice", "InvalidPartOrder", () => [...parts.slice(0, 1), ...parts.slice(0, 1)]],
    ["with a part that was not sent", "InvalidPart", () => [{ PartNumber: 3, ETag: parts[0]?.ETag }]],
    ["with a part that has another content", "InvalidPart", () => [{ PartNumber: 1, ETag: '"abc"' }]],
    ["with a part but the last of less than 5 MiB", "EntityTooSmall", () => parts],
    ["without parts", "MalformedXML", () => []],
  ])("%s", async (_what, name, sent) => {
    await expect(complete(key, id, sent())).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("when another object of that name is not to be written over", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: "there" }));
    const once = new CompleteMultipartUploadCommand({
      Bucket,
      Key: key,
      UploadId: id,
      MultipartUpload: { Parts: parts.slice(0, 1) },
      IfNoneMatch: "*",
    });
    await expect(s3.send(once)).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(String(await contentOf(key))).toBe("there");
  });

  test("after it was aborted: then there is none, nor anything of it", async () => {
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: id }));
    const gone = { name: "NoSuchUpload", $metadata: { httpStatusCode: 404 } };
    await expect(complete(key, id, parts)).rejects.toMatchObject(gone);
    await expect(send(key, id, 3, LAST)).rejects.toMatchObject(gone);
    await expect(
      s3.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: id })),
    ).rejects.toMatchObject(gone);
    expect(leftovers()).toEqual([]);
  });

  test("under another key than its own", async () => {
    const own = await begin("own");
    await expect(send("not-own", own, 1, LAST)).rejects.toMatchObject({ name: "NoSuchUpload" });
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "own", UploadId: own }));
  });

  test.each([0, 10_001])("by a part with the number %i", async (number) => {
    const own = await begin("numbers");
    await expect(send("numbers", own, number, LAST)).rejects.toMatchObject({ name: "InvalidArgument" });
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "numbers", UploadId: own }));
  });
});

describe("what is under way", () => {
  test("parts are listed by their numbers, in pages", async () => {
    const UploadId = await begin("parts");
    for (const number of [10, 9, 1]) await send("parts", UploadId, number, Buffer.alloc(number));
    const list = (PartNumberMarker?: string) =>
      s3.send(new ListPartsCommand({ Bucket, Key: "parts", UploadId, MaxParts: 2, PartNumberMarker }));
    const page = await list();
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "9" });
    expect(page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 1],
      [9, 9],
    ]);
    const rest = await list(page.NextPartNumberMarker);
    expect(rest.IsTruncated).toBe(false);
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([10]);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "parts", UploadId }));
  });

  test("uploads are listed by their keys, in pages", async () => {
    const ids = [await begin("list/b & c"), await begin("list/a"), await begin("list/b & c")];
    const found: (string | undefined)[][] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
    do {
      const page = await s3.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: "list/", MaxUploads: 1, ...markers }),
      );
      found.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => [Key, UploadId]));
      markers =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : {};
    } while (markers.KeyMarker !== undefined);
    expect(found).toEqual([
      ["list/a", ids[1]],
      ["list/b & c", ids[0]],
      ["list/b & c", ids[2]],
    ]);
  });

  test("needs the rights that S3 has for it", () => {
    const rights = loopback.access.records().map(({ action, resource }) => `${action} ${resource}`);
    const own = rights.filter((right) => /large(\/(parts|copied))?$|other/.test(right));
    expect([...new Set(own)].sort()).toEqual([
      "s3:AbortMultipartUpload arn:aws:s3:::large/parts",
      "s3:GetObject arn:aws:s3:::large/copied",
      "s3:GetObject arn:aws:s3:::other/a source/ü",
      "s3:ListBucket arn:aws:s3:::large",
      "s3:ListBucketMultipartUploads arn:aws:s3:::large",
      "s3:ListMultipartUploadParts arn:aws:s3:::large/parts",
      "s3:PutObject arn:aws:s3:::large/copied",
      "s3:PutObject arn:aws:s3:::large/parts",
      "s3:PutObject arn:aws:s3:::other/a source/ü",
    ]);
  });
});

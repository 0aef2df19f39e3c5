/** Objects that were sent in parts, across a restart with a state directory: whole, or not there. */
import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { keepS3 } from "./kept-s3";

const Bucket = "kept";
const s3 = keepS3(Bucket);

async function upload(Key: string, ...contents: readonly Buffer[]) {
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = await Promise.all(
    contents.map(async (Body, index) => {
      const PartNumber = index + 1;
      const { ETag } = await s3.client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
      );
      return { ETag, PartNumber };
    }),
  );
  return new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
}

test("what was completed is there after a restart, what was not can be, and what nobody was told of is gone", async () => {
  const first = Buffer.alloc(5 * 1024 * 1024, "a");
  const { ETag } = await s3.client.send(await upload("large", first, Buffer.from("end")));
  const open = await upload("open", first, Buffer.from("not completed"));
  // A part whose writing the end of the process interrupted.
  writeFileSync(join(s3.state.objectDirectory, Bucket, ".writing-torn"), "half of");
  // A key with the name that something unfinished might have.
  await s3.client.send(new PutObjectCommand({ Bucket, Key: ".writing-1", Body: "an object" }));
  await s3.stop();
  await s3.start();
  const large = await s3.client.send(new GetObjectCommand({ Bucket, Key: "large" }));
  expect(large.ETag).toBe(ETag);
  expect(await large.Body?.transformToString()).toBe(`${String(first)}end`);
  const odd = await s3.client.send(new GetObjectCommand({ Bucket, Key: ".writing-1" }));
  expect(await odd.Body?.transformToString()).toBe("an object");
  const { Key, UploadId } = open.input;
  const listed = await s3.client.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(listed.Uploads).toMatchObject([{ Key, UploadId }]);
  const parts = await s3.client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  expect(parts.Parts?.map(({ Size }) => Size)).toEqual([first.length, "not completed".length]);
  await s3.client.send(open);
  const opened = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await opened.Body?.transformToString()).toBe(`${String(first)}not completed`);
  expect(readdirSync(join(s3.state.objectDirectory, Bucket)).sort()).toEqual([".odd-keys", "large", "open"]);
});

test("an upload goes on after a restart: a part is sent again, more follow, or it is aborted", async () => {
  const begin = async (Key: string) => {
    const { UploadId } = await s3.client.send(
      new CreateMultipartUploadCommand({
        Bucket,
        Key,
        ContentType: "text/plain",
        ChecksumAlgorithm: "CRC32",
      }),
    );
    return { Bucket, Key, UploadId };
  };
  const send = async (
    target: Awaited<ReturnType<typeof begin>>,
    PartNumber: number,
    Body: string | Buffer,
  ) => {
    const { ETag, ChecksumCRC32 } = await s3.client.send(
      new UploadPartCommand({ ...target, PartNumber, Body, ChecksumAlgorithm: "CRC32" }),
    );
    return { ETag, ChecksumCRC32, PartNumber };
  };
  const whole = await begin("whole");
  const aborted = await begin("aborted");
  const first = Buffer.alloc(5 * 1024 * 1024, "b");
  const one = await send(whole, 1, first);
  await send(whole, 2, "wrong");
  await send(aborted, 1, "nothing");
  await s3.stop();
  await s3.start();
  const two = await send(whole, 2, "right");
  await s3.client.send(new AbortMultipartUploadCommand(aborted));
  await s3.stop();
  await s3.start();
  await expect(s3.client.send(new ListPartsCommand(aborted))).rejects.toMatchObject({ name: "NoSuchUpload" });
  await s3.client.send(
    new CompleteMultipartUploadCommand({ ...whole, MultipartUpload: { Parts: [one, two] } }),
  );
  const found = await s3.client.send(new GetObjectCommand({ Bucket, Key: "whole", ChecksumMode: "ENABLED" }));
  expect(await found.Body?.transformToString()).toBe(`${String(first)}right`);
  expect([found.ContentType, found.ChecksumCRC32?.endsWith("-2")]).toEqual(["text/plain", true]);
  expect((await s3.client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  await s3.stop();
  await s3.start();
  await expect(s3.client.send(new ListPartsCommand(whole))).rejects.toMatchObject({ name: "NoSuchUpload" });
  expect(readdirSync(join(s3.state.objectDirectory, Bucket)).sort()).toEqual([
    ".odd-keys",
    "large",
    "open",
    "whole",
  ]);
});

test("an object of 2 GiB is answered by ranges, and says so to who wants all of it", async () => {
  const facts = { key: "huge", size: 2 ** 31, etag: '"x"', headers: {}, modifiedMs: 0 };
  s3.state.s3.objects(Bucket).put({ ...facts, file: "huge", beside: ".writing-none" });
  const file = join(s3.state.objectDirectory, Bucket, "huge");
  writeFileSync(file, "");
  // Sparse: it takes no room.
  truncateSync(file, 2 ** 31);
  await s3.stop();
  await s3.start();
  const get = (Range?: string) => s3.client.send(new GetObjectCommand({ Bucket, Key: "huge", Range }));
  await expect(get()).rejects.toMatchObject({ name: "NotImplemented" });
  const { Body, ContentRange } = await get("bytes=-3");
  expect(ContentRange).toBe("bytes 2147483645-2147483647/2147483648");
  expect(await Body?.transformToString()).toBe("\0\0\0");
  rmSync(file);
});

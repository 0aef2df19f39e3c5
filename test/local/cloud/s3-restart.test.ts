/** Objects that were sent in parts, across a restart with a state directory: whole, or not there. */
import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../../local/cloud/clock";
import { createS3 } from "../../../local/cloud/s3/s3";
import { openState, type State } from "../../../local/cloud/state-store/state";
import { openLoopback, temporaryDirectory, type Loopback } from "./loopback";

const Bucket = "kept";
const directory = temporaryDirectory();
let state: State;
let loopback: Loopback;
let s3: S3Client;

async function start(): Promise<void> {
  state = openState({
    directory,
    stack: "dev",
    now: Date.now,
    onFailure(error) {
      throw error;
    },
  });
  loopback = await openLoopback((access) => {
    const local = createS3({
      access,
      clock: systemClock,
      directory: state.objectDirectory,
      records: state.s3,
    });
    local.createBucket(Bucket);
    return [local.service];
  });
  s3 = new S3Client(loopback.client);
}

async function stop(): Promise<void> {
  s3.destroy();
  await loopback.close();
  state.close();
}

beforeAll(start);
afterAll(stop);

async function upload(Key: string, ...contents: readonly Buffer[]) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = await Promise.all(
    contents.map(async (Body, index) => {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      return { ETag, PartNumber };
    }),
  );
  return new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
}

test("what was completed is there after a restart, what was not is not, nor anything of it", async () => {
  const first = Buffer.alloc(5 * 1024 * 1024, "a");
  const { ETag } = await s3.send(await upload("large", first, Buffer.from("end")));
  const open = await upload("open", Buffer.from("not completed"));
  // A key with the name that something unfinished might have.
  await s3.send(new PutObjectCommand({ Bucket, Key: ".writing-1", Body: "an object" }));
  await stop();
  await start();
  const large = await s3.send(new GetObjectCommand({ Bucket, Key: "large" }));
  expect(large.ETag).toBe(ETag);
  expect(await large.Body?.transformToString()).toBe(`${String(first)}end`);
  const odd = await s3.send(new GetObjectCommand({ Bucket, Key: ".writing-1" }));
  expect(await odd.Body?.transformToString()).toBe("an object");
  await expect(s3.send(open)).rejects.toMatchObject({ name: "NoSuchUpload" });
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  expect(readdirSync(join(state.objectDirectory, Bucket)).sort()).toEqual([".odd-keys", "large"]);
});

test("an object of 2 GiB is answered by ranges, and says so to who wants all of it", async () => {
  const facts = { key: "huge", size: 2 ** 31, etag: '"x"', headers: {}, modifiedMs: 0 };
  state.s3.objects(Bucket).put({ ...facts, file: "huge", beside: ".writing-none" });
  const file = join(state.objectDirectory, Bucket, "huge");
  writeFileSync(file, "");
  // Sparse: it takes no room.
  truncateSync(file, 2 ** 31);
  await stop();
  await start();
  const get = (Range?: string) => s3.send(new GetObjectCommand({ Bucket, Key: "huge", Range }));
  await expect(get()).rejects.toMatchObject({ name: "NotImplemented" });
  const { Body, ContentRange } = await get("bytes=-3");
  expect(ContentRange).toBe("bytes 2147483645-2147483647/2147483648");
  expect(await Body?.transformToString()).toBe("\0\0\0");
  rmSync(file);
});

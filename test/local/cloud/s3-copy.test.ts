/** Copies and deletions of many objects, by the SDK's own commands. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../../local/cloud/clock";
import { createS3 } from "../../../local/cloud/s3/s3";
import { openCloud, type TestCloud } from "../endpoints/clouds";
import { openLoopback, temporaryDirectory, type Loopback } from "./loopback";

const Bucket = "here";
const CopySource = `there/${encodeURIComponent("a source/ü+ .json")}`;
let loopback: Loopback;
let s3: S3Client;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    const local = createS3({ access, clock: systemClock, directory: temporaryDirectory() });
    local.createBucket(Bucket);
    local.createBucket("there");
    return [local.service];
  });
  s3 = new S3Client(loopback.client);
  await s3.send(
    new PutObjectCommand({
      Bucket: "there",
      Key: "a source/ü+ .json",
      Body: "content",
      ContentType: "application/json",
      Metadata: { who: "me" },
    }),
  );
});

afterAll(async () => {
  s3.destroy();
  await loopback.close();
});

async function read(Key: string) {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const { ContentType, Metadata } = answer;
  return { content: await answer.Body?.transformToString(), ContentType, Metadata };
}

const keys = async (): Promise<(string | undefined)[]> =>
  ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);

describe("a copy", () => {
  test("has the content, type and metadata of its source, and stays when that is gone", async () => {
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
    const source = await s3.send(new HeadObjectCommand({ Bucket: "there", Key: "a source/ü+ .json" }));
    expect(CopyObjectResult?.ETag).toBe(source.ETag);
    expect(CopyObjectResult?.LastModified).toBeInstanceOf(Date);
    const expected = { content: "content", ContentType: "application/json", Metadata: { who: "me" } };
    expect(await read("copy")).toEqual(expected);
    await s3.send(new CopyObjectCommand({ Bucket, Key: "copy of copy", CopySource: `/${Bucket}/copy` }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "copy" }] } }));
    expect(await read("copy of copy")).toEqual(expected);
  });

  test("has the metadata that the request gives where it replaces them", async () => {
    const command = { Bucket, CopySource, MetadataDirective: "REPLACE", ContentType: "text/plain" } as const;
    await s3.send(new CopyObjectCommand({ ...command, Key: "replaced", Metadata: { now: "you" } }));
    expect(await read("replaced")).toEqual({
      content: "content",
      ContentType: "text/plain",
      Metadata: { now: "you" },
    });
  });

  test("onto itself is one of new metadata, or none", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "self", Body: "same" }));
    const self = { Bucket, Key: "self", CopySource: `${Bucket}/self` };
    await expect(s3.send(new CopyObjectCommand(self))).rejects.toMatchObject({ name: "InvalidRequest" });
    await s3.send(new CopyObjectCommand({ ...self, MetadataDirective: "REPLACE", Metadata: { a: "b" } }));
    expect(await read("self")).toMatchObject({ content: "same", Metadata: { a: "b" } });
  });

  test.each([
    ["that there is not", { CopySource: "there/none" }, "NoSuchKey"],
    ["of a bucket that there is not", { CopySource: "nowhere/a" }, "NoSuchBucket"],
    ["that has changed", { CopySource, CopySourceIfMatch: '"other"' }, "PreconditionFailed"],
    ["without a key", { CopySource: "there" }, "InvalidArgument"],
    ["in an older version", { CopySource: `${CopySource}?versionId=1` }, "NotImplemented"],
  ])("of a source %s is refused, and nothing is there", async (_what, source, name) => {
    const copy = new CopyObjectCommand({ Bucket, Key: "refused", ...source });
    await expect(s3.send(copy)).rejects.toMatchObject({ name });
    expect(await keys()).not.toContain("refused");
  });

  test("needs the right to read its source and the right to write", () => {
    const rights = loopback.access.records().map(({ action, resource }) => `${action} ${resource}`);
    expect(rights).toContain("s3:GetObject arn:aws:s3:::there/a source/ü+ .json");
    expect(rights).toContain("s3:PutObject arn:aws:s3:::here/replaced");
  });
});

describe("many deletions", () => {
  const Objects = ["a & <b>", "line\nend", "none", "x/ü"].map((Key) => ({ Key }));

  test.each([false, true])(
    "are one call, which tells of each unless it is to be quiet: %p",
    async (Quiet) => {
      for (const { Key } of Objects.filter(({ Key }) => Key !== "none"))
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: "-" }));
      const { Deleted, Errors } = await s3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet } }),
      );
      expect(Errors).toBeUndefined();
      expect(Deleted).toEqual(Quiet ? undefined : Objects);
      for (const { Key } of Objects) expect(await keys()).not.toContain(Key);
    },
  );

  test("of no keys, or of more than a thousand, are malformed", async () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ Key: String(index) }));
    for (const objects of [[], many]) {
      const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects } });
      await expect(s3.send(command)).rejects.toMatchObject({ name: "MalformedXML" });
    }
  });
});

describe("with policies", () => {
  const POLICIES = `
users:
  ada:
    accessKeyId: AKIALOCALADA00000001
    secretAccessKey: a-secret-of-ada
    policies:
      - Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: "s3:*", Resource: "*" }
          - { Effect: Deny, Action: ["s3:GetObject", "s3:DeleteObject"], Resource: "*/kept*" }
`;
  let cloud: TestCloud;
  let ada: S3Client;
  beforeAll(async () => {
    cloud = await openCloud(POLICIES);
    ada = new S3Client(cloud.client("AKIALOCALADA00000001", "a-secret-of-ada"));
    await ada.send(new CreateBucketCommand({ Bucket }));
    for (const Key of ["kept", "free"]) await ada.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  });
  afterAll(async () => {
    await cloud.end();
  });

  test("a source that may not be read is not copied", async () => {
    const copy = (source: string) =>
      ada.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${source}` }));
    await expect(copy("kept")).rejects.toMatchObject({ name: "AccessDenied" });
    await copy("free");
  });

  test("of many keys those are deleted that may be, and each other one is named", async () => {
    const Objects = ["kept", "free"].map((Key) => ({ Key }));
    const answer = await ada.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted).toEqual([{ Key: "free" }]);
    expect(answer.Errors).toEqual([
      {
        Key: "kept",
        Code: "AccessDenied",
        Message: expect.stringContaining("s3:DeleteObject") as string,
      },
    ]);
    const left = await ada.send(new ListObjectsV2Command({ Bucket }));
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(["copy", "kept"]);
  });
});

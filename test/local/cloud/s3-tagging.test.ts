/** Tags of objects: put with them or by themselves, copied, counted, and refused as S3 refuses them. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  type Tag,
} from "@aws-sdk/client-s3";
import { openCloud, type TestCloud } from "../endpoints/clouds";
import { keepS3 } from "./kept-s3";

const Bucket = "sky";
const s3 = keepS3(Bucket);

const put = (Key: string, Tagging?: string) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "content", Tagging }));
const tag = (Key: string, TagSet: Tag[]) =>
  s3.client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
const tagsOf = async (Key: string) =>
  (await s3.client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet?.map(
    ({ Key: name = "", Value = "" }) => `${name}=${Value}`,
  );

test("tags are put, read, replaced and removed, and the object stays as it is", async () => {
  await put("plain");
  expect(await tagsOf("plain")).toEqual([]);
  const before = await s3.client.send(new HeadObjectCommand({ Bucket, Key: "plain" }));
  await tag("plain", [
    { Key: "team", Value: "sky & sea" },
    { Key: "ü", Value: "" },
  ]);
  expect(await tagsOf("plain")).toEqual(["team=sky & sea", "ü="]);
  const after = await s3.client.send(new GetObjectCommand({ Bucket, Key: "plain" }));
  expect(after.TagCount).toBe(2);
  expect([after.LastModified, after.ETag]).toEqual([before.LastModified, before.ETag]);
  expect(await after.Body?.transformToString()).toBe("content");
  await tag("plain", [{ Key: "one", Value: "1" }]);
  expect(await tagsOf("plain")).toEqual(["one=1"]);
  await s3.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "plain" }));
  expect(await tagsOf("plain")).toEqual([]);
  expect((await s3.client.send(new HeadObjectCommand({ Bucket, Key: "plain" }))).TagCount).toBeUndefined();
});

test("tags come with an object too, whole or in parts, and go with what takes its place", async () => {
  await put("sent", "team=sky%20watch&a=1");
  expect(await tagsOf("sent")).toEqual(["team=sky watch", "a=1"]);
  await put("sent");
  expect(await tagsOf("sent")).toEqual([]);
  const target = { Bucket, Key: "parts" };
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ ...target, Tagging: "in=parts" }),
  );
  const { ETag } = await s3.client.send(
    new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "x" }),
  );
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await s3.client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
  expect(await tagsOf("parts")).toEqual(["in=parts"]);
});

test("a copy has its source's tags, or those that are sent instead", async () => {
  await put("source", "from=source");
  const copy = (more: object) =>
    s3.client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/source`, ...more }));
  await copy({});
  expect(await tagsOf("copy")).toEqual(["from=source"]);
  await copy({ MetadataDirective: "REPLACE" });
  expect(await tagsOf("copy")).toEqual(["from=source"]);
  await copy({ TaggingDirective: "REPLACE", Tagging: "own=1" });
  expect(await tagsOf("copy")).toEqual(["own=1"]);
  await copy({ TaggingDirective: "REPLACE" });
  expect(await tagsOf("copy")).toEqual([]);
});

test("what S3 refuses is refused, and changes nothing", async () => {
  await put("kept", "a=1");
  const many = Array.from({ length: 11 }, (_, index) => ({ Key: String(index), Value: "" }));
  const refused: readonly [Tag[], string][] = [
    [many, "BadRequest"],
    [[{ Key: "k".repeat(129), Value: "" }], "InvalidTag"],
    [[{ Key: "k", Value: "v".repeat(257) }], "InvalidTag"],
    [[{ Key: "", Value: "" }], "InvalidTag"],
    [
      [
        { Key: "k", Value: "1" },
        { Key: "k", Value: "2" },
      ],
      "InvalidTag",
    ],
  ];
  for (const [tags, name] of refused) await expect(tag("kept", tags)).rejects.toMatchObject({ name });
  await expect(put("kept", "a=1&a=2")).rejects.toMatchObject({ name: "InvalidArgument" });
  expect(await tagsOf("kept")).toEqual(["a=1"]);
  await expect(tagsOf("nothing")).rejects.toMatchObject({ name: "NoSuchKey" });
  await expect(tag("nothing", [])).rejects.toMatchObject({ name: "NoSuchKey" });
});

test("tags are there after a restart", async () => {
  await put("restarted");
  await tag("restarted", [{ Key: "a", Value: "1" }]);
  await s3.stop();
  await s3.start();
  expect(await tagsOf("restarted")).toEqual(["a=1"]);
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key: "restarted" }));
  expect(await Body?.transformToString()).toBe("content");
});

test("whoever may write but not tag is refused what would tag", async () => {
  const policies = `
users:
  ada:
    accessKeyId: AKIALOCALADA00000001
    secretAccessKey: a-secret-of-ada
    policies:
      - Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: "s3:*", Resource: "*" }
          - { Effect: Deny, Action: "s3:PutObjectTagging", Resource: "*/free*" }
`;
  const cloud: TestCloud = await openCloud(policies);
  const ada = new S3Client(cloud.client("AKIALOCALADA00000001", "a-secret-of-ada"));
  await ada.send(new CreateBucketCommand({ Bucket }));
  const write = (Key: string, Tagging?: string) =>
    ada.send(new PutObjectCommand({ Bucket, Key, Body: "content", Tagging }));
  await write("free");
  await expect(write("free", "a=1")).rejects.toMatchObject({ name: "AccessDenied" });
  await write("tagged", "a=1");
  const copy = (Key: string) => new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/tagged` });
  await ada.send(copy("other"));
  await expect(ada.send(copy("free"))).rejects.toMatchObject({ name: "AccessDenied" });
  ada.destroy();
  await cloud.end();
});

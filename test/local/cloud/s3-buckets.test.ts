/** What older programs and the AWS CLI ask of a bucket: its place, its versions, its keys by the first version of the list. */
import {
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../../local/cloud/clock";
import { createS3 } from "../../../local/cloud/s3/s3";
import { openLoopback, ROLE, temporaryDirectory, type Loopback } from "./loopback";

const Bucket = "sky";
const KEYS = ["a", "l/1", "l/2/x", "l/2/y", "l/3 ü", "z"];
let loopback: Loopback;
let s3: S3Client;

beforeAll(async () => {
  loopback = await openLoopback((access) => {
    const local = createS3({ access, clock: systemClock, directory: temporaryDirectory() });
    local.createBucket(Bucket);
    return [local.service];
  });
  s3 = new S3Client(loopback.client);
  for (const Key of KEYS) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
afterAll(async () => {
  s3.destroy();
  await loopback.close();
});

test("a bucket is in the region in which it is asked for, and in the oldest one that has no name", async () => {
  const { LocationConstraint } = await s3.send(new GetBucketLocationCommand({ Bucket }));
  expect(LocationConstraint).toBe("eu-west-1");
  const oldest = new S3Client({ ...loopback.client, region: "us-east-1" });
  const answer = await oldest.send(new GetBucketLocationCommand({ Bucket }));
  expect(answer.LocationConstraint).toBeUndefined();
  oldest.destroy();
  expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe("eu-west-1");
});

test("it has never kept versions, and can't be made to", async () => {
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  const keep = { Bucket, VersioningConfiguration: { Status: "Enabled" } } as const;
  await expect(s3.send(new PutBucketVersioningCommand(keep))).rejects.toMatchObject({
    name: "NotImplemented",
    message: "The local cloud's S3 has no PUT bucket?versioning; docs/local-cloud.md lists its operations.",
    $metadata: { httpStatusCode: 501 },
  });
});

test.each([
  ["versions", new ListObjectVersionsCommand({ Bucket })],
  ["acl", new GetBucketAclCommand({ Bucket })],
])(
  "what is asked by ?%s is refused by its name, and no list is answered in its place",
  async (name, command) => {
    await expect(s3.send(command as GetBucketAclCommand)).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining(`GET bucket?${name};`) as string,
    });
  },
);

test("the first version of the list gives the keys with their owner, page after page", async () => {
  const all = await s3.send(new ListObjectsCommand({ Bucket }));
  expect(all.Contents?.map(({ Key }) => Key)).toEqual(KEYS);
  expect(all).toMatchObject({ IsTruncated: false, MaxKeys: 1000, Name: Bucket });
  expect(all.Contents?.[0]?.Owner?.ID).toBe("local");
  const found: (string | undefined)[] = [];
  let marker: string | undefined;
  do {
    const page = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 4, Marker: marker }));
    // Without a delimiter the last key is the next marker, and S3 does not say so.
    expect(page.NextMarker).toBeUndefined();
    found.push(...(page.Contents ?? []).map(({ Key }) => Key));
    marker = page.IsTruncated === true ? found.at(-1) : undefined;
  } while (marker !== undefined);
  expect(found).toEqual(KEYS);
});

test("with a delimiter a page says where the next one begins, folders count once", async () => {
  const input = { Bucket, Prefix: "l/", Delimiter: "/", MaxKeys: 2 };
  const first = await s3.send(new ListObjectsCommand(input));
  expect([first.Contents?.map(({ Key }) => Key), first.CommonPrefixes]).toEqual([
    ["l/1"],
    [{ Prefix: "l/2/" }],
  ]);
  expect(first.NextMarker).toBe("l/2/");
  const second = await s3.send(new ListObjectsCommand({ ...input, Marker: first.NextMarker }));
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(["l/3 ü"]);
  expect([second.CommonPrefixes, second.IsTruncated]).toEqual([undefined, false]);
});

test("the second version names owners where they are asked for", async () => {
  const ask = async (FetchOwner: boolean) =>
    (await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner }))).Contents?.[0]?.Owner?.ID;
  expect([await ask(true), await ask(false)]).toEqual(["local", undefined]);
});

test("each is a right of its own", () => {
  const used = loopback.access.records().filter(({ principal }) => principal === ROLE);
  const rights = used.map(({ action, resource }) => `${action} ${resource}`);
  for (const action of ["GetBucketLocation", "GetBucketVersioning", "ListBucket"])
    expect(rights).toContain(`s3:${action} arn:aws:s3:::${Bucket}`);
});

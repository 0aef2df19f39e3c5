/** Each operation of S3: what it needs in IAM's words, and what it does. */
import type { Access } from "../access";
import type { Clock } from "../clock";
import { noSuchKey, xmlAnswer } from "./answers";
import type { Buckets } from "./buckets";
import { copyObject, copyRange, copySourceOf, readSource, type CopySource } from "./copy";
import { deleteObjects } from "./delete";
import { listObjects, listObjectsOnce } from "./list";
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
  uploadPartCopy,
  type ObjectCall,
} from "./multipart";
import type { Bucket } from "./objects";
import { getObject } from "./read";
import type { OperationName } from "./routes";
import { checkTaggingHeader, deleteTagging, getTagging, hasTags, putTagging, TAGGING } from "./tagging";
import type { Uploads } from "./uploads";
import { putObject } from "./write";
import type { CloudRequest, CloudResponse } from "../service";

/** Names are "" where there is none. */
export interface Target {
  readonly bucket: string;
  readonly key: string;
  readonly request: CloudRequest;
  /** Throws AccessDenied. @default the target's own bucket and key */
  use(action: string, bucket?: string, key?: string): void;
}

export type Operation = (target: Target) => Promise<CloudResponse> | CloudResponse;

export function createOperations(parts: {
  readonly access: Access;
  readonly clock: Clock;
  readonly buckets: Buckets;
  readonly uploads: Uploads;
  /** Throws NoSuchBucket. */
  bucketOf(name: string): Bucket;
}): Readonly<Record<OperationName, Operation>> {
  const { access, clock, buckets, uploads, bucketOf } = parts;
  const callOf = ({ bucket, key, request }: Target): ObjectCall => ({
    bucketName: bucket,
    bucket: bucketOf(bucket),
    key,
    request,
    now: new Date(clock.now()),
  });
  /** Who may list the bucket learns that there is no such key; others are refused: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
  const useToRead = (target: Target, { bucket, key }: CopySource): void => {
    target.use("s3:GetObject", bucket, key);
    if (bucketOf(bucket).find(key) === null) target.use("s3:ListBucket", bucket, "");
  };
  const read: Operation = (target) => {
    useToRead(target, target);
    return getObject(bucketOf(target.bucket), target.key, target.request);
  };
  const sourceOf = (target: Target): CopySource => {
    const source = copySourceOf(target.request);
    if (source === null) throw noSuchKey();
    useToRead(target, source);
    return source;
  };

  return {
    ListBuckets({ request }) {
      access.use(request.caller, { action: "s3:ListAllMyBuckets", resource: "*" });
      return buckets.list();
    },
    CreateBucket({ bucket, use }) {
      use("s3:CreateBucket");
      return buckets.create(bucket);
    },
    DeleteBucket({ bucket, use }) {
      use("s3:DeleteBucket");
      const answer = buckets.remove(bucket);
      for (const upload of uploads.list(bucket)) uploads.discard(upload);
      return answer;
    },
    HeadBucket({ bucket, request, use }) {
      use("s3:ListBucket");
      bucketOf(bucket);
      return { status: 200, headers: { "x-amz-bucket-region": regionOf(request) } };
    },
    GetBucketLocation({ bucket, request, use }) {
      use("s3:GetBucketLocation");
      bucketOf(bucket);
      // The oldest region has no name here: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
      const region = regionOf(request);
      return xmlAnswer("LocationConstraint", region === "us-east-1" ? "" : region);
    },
    /** Of a bucket that never kept versions nothing is said. */
    GetBucketVersioning({ bucket, use }) {
      use("s3:GetBucketVersioning");
      bucketOf(bucket);
      return xmlAnswer("VersioningConfiguration", "");
    },
    ListObjects({ bucket, request, use }) {
      use("s3:ListBucket");
      return listObjectsOnce(bucket, bucketOf(bucket), request.query);
    },
    ListObjectsV2({ bucket, request, use }) {
      use("s3:ListBucket");
      return listObjects(bucket, bucketOf(bucket), request.query);
    },
    PutObject({ bucket, key, request, use }) {
      use("s3:PutObject");
      useToTag(request, use);
      return putObject(bucketOf(bucket), key, request, new Date(clock.now()));
    },
    GetObject: read,
    HeadObject: read,
    DeleteObject({ bucket, key, use }) {
      use("s3:DeleteObject");
      bucketOf(bucket).remove(key);
      return { status: 204 };
    },
    DeleteObjects({ bucket, request, use }) {
      return deleteObjects(bucketOf(bucket), request, (key) => {
        use("s3:DeleteObject", bucket, key);
      });
    },
    CopyObject(target) {
      const source = sourceOf(target);
      target.use("s3:PutObject");
      if (target.request.headers["x-amz-tagging-directive"] === "REPLACE")
        useToTag(target.request, target.use);
      else {
        const tagged = bucketOf(source.bucket).find(source.key);
        if (tagged !== null && hasTags(tagged)) {
          target.use("s3:GetObjectTagging", source.bucket, source.key);
          target.use("s3:PutObjectTagging");
        }
      }
      return copyObject(callOf(target), source, bucketOf(source.bucket));
    },
    GetObjectTagging({ bucket, key, use }) {
      use("s3:GetObjectTagging");
      return getTagging(bucketOf(bucket), key);
    },
    PutObjectTagging({ bucket, key, request, use }) {
      use("s3:PutObjectTagging");
      return putTagging(bucketOf(bucket), key, request);
    },
    DeleteObjectTagging({ bucket, key, use }) {
      use("s3:DeleteObjectTagging");
      return deleteTagging(bucketOf(bucket), key);
    },
    CreateMultipartUpload(target) {
      target.use("s3:PutObject");
      useToTag(target.request, target.use);
      return createUpload(uploads, callOf(target));
    },
    UploadPart(target) {
      target.use("s3:PutObject");
      return uploadPart(uploads, callOf(target));
    },
    UploadPartCopy(target) {
      const source = sourceOf(target);
      target.use("s3:PutObject");
      const { request } = target;
      return uploadPartCopy(uploads, callOf(target), async () => {
        const range = (size: number): ReturnType<typeof copyRange> => copyRange(request, size);
        return (await readSource(bucketOf(source.bucket), source.key, request, range)).content;
      });
    },
    CompleteMultipartUpload(target) {
      target.use("s3:PutObject");
      return completeUpload(uploads, callOf(target));
    },
    AbortMultipartUpload(target) {
      target.use("s3:AbortMultipartUpload");
      return abortUpload(uploads, callOf(target));
    },
    ListParts(target) {
      target.use("s3:ListMultipartUploadParts");
      return listParts(uploads, callOf(target));
    },
    ListMultipartUploads({ bucket, request, use }) {
      use("s3:ListBucketMultipartUploads");
      bucketOf(bucket);
      return listUploads(uploads, bucket, request.query);
    },
  };
}

/** Who sends tags with an object must be allowed to tag it. Throws what S3 refuses them by. */
function useToTag(request: CloudRequest, use: Target["use"]): void {
  if (!hasTags({ headers: { [TAGGING]: String(request.headers[TAGGING] ?? "") } })) return;
  checkTaggingHeader(request);
  use("s3:PutObjectTagging");
}

function regionOf({ headers }: CloudRequest): string {
  return /\/\d{8}\/([^/]+)\/s3\//.exec(headers.authorization ?? "")?.[1] ?? "us-east-1";
}

/** Each operation of S3: what it needs in IAM's words, and what it does. */
import type { Access } from "../access";
import type { Clock } from "../clock";
import { noSuchKey, xmlAnswer } from "./answers";
import type { Buckets } from "./buckets";
import { copyObject, copyRange, copySourceOf, readSource, type CopySource } from "./copy";
import { deleteObjects } from "./delete";
import { listObjects } from "./list";
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
    ListObjectsV2({ bucket, request, use }) {
      use("s3:ListBucket");
      return listObjects(bucket, bucketOf(bucket), request.query);
    },
    PutObject({ bucket, key, request, use }) {
      use("s3:PutObject");
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
      return copyObject(callOf(target), source, bucketOf(source.bucket));
    },
    /** No object has tags here; the AWS CLI asks for them before it copies a large one. */
    GetObjectTagging({ bucket, key, use }) {
      use("s3:GetObjectTagging");
      if (bucketOf(bucket).find(key) === null) throw noSuchKey();
      return xmlAnswer("Tagging", "<TagSet></TagSet>");
    },
    CreateMultipartUpload(target) {
      target.use("s3:PutObject");
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

function regionOf({ headers }: CloudRequest): string {
  return /\/\d{8}\/([^/]+)\/s3\//.exec(headers.authorization ?? "")?.[1] ?? "us-east-1";
}

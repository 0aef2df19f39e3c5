/** S3: the operations on buckets and objects that programs and the AWS CLI use, path-style REST and XML. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Access } from "../access";
import type { Clock } from "../clock";
import { s3Access } from "./access";
import { errorResponse } from "./answers";
import { createBuckets, type BucketRecords } from "./buckets";
import { createBucket, type Bucket, type ObjectRecords } from "./objects";
import type { UploadRecords } from "./kept-uploads";
import { createOperations, type Target } from "./operations";
import { withoutPresigning } from "./presigned";
import { operationOf } from "./routes";
import { createUploads } from "./uploads";
import { ServiceError, type CloudRequest, type CloudResponse, type Service } from "../service";

export interface S3 {
  readonly service: Service;
  createBucket(name: string): void;
  /** Where an object's content lies on this machine; null when there is no such object. */
  fileOf(bucket: string, key: string): string | null;
}

/** What is known of buckets and objects beyond the process. */
export interface S3Records {
  readonly buckets: BucketRecords;
  readonly uploads: UploadRecords;
  objects(bucket: string): ObjectRecords;
}

export function createS3(options: {
  readonly access: Access;
  readonly clock: Clock;
  readonly directory: string;
  /** @default none: objects and buckets are gone with the process */
  readonly records?: S3Records | undefined;
}): S3 {
  const { access, clock, records = null } = options;
  const stored = new Map<string, Bucket>();
  const directoryOf = (name: string): string => join(options.directory, name);
  const make = (name: string): Bucket => createBucket(directoryOf(name), records?.objects(name) ?? null);
  const operations = createOperations({
    access,
    clock,
    buckets: createBuckets(stored, make, clock.now, records?.buckets),
    uploads: createUploads(records?.uploads ?? null, directoryOf),
    bucketOf(name) {
      const bucket = stored.get(name);
      if (bucket === undefined)
        throw new ServiceError("NoSuchBucket", "The specified bucket does not exist", 404);
      return bucket;
    },
  });

  async function handle(signed: CloudRequest): Promise<CloudResponse> {
    const request = withoutPresigning(signed);
    const { bucket, key } = targetOf(request.path);
    const target: Target = {
      bucket,
      key,
      request,
      use(action, ofBucket = bucket, ofKey = key) {
        access.use(request.caller, s3Access(action, ofBucket, ofKey, request));
      },
    };
    return operations[operationOf(request, bucket, key)](target);
  }

  return {
    createBucket(name) {
      if (!stored.has(name)) stored.set(name, make(name));
    },
    fileOf: (bucket, key) => stored.get(bucket)?.find(key)?.file ?? null,
    service: {
      signingName: "s3",
      async handle(request) {
        const requestId = randomUUID();
        try {
          const response = await handle(request);
          return { ...response, headers: { ...response.headers, "x-amz-request-id": requestId } };
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          return errorResponse(error, request, requestId);
        }
      },
    },
  };
}

/** `/bucket/key`, each with its percent-encoding. */
function targetOf(path: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    throw new ServiceError("InvalidURI", "Couldn't parse the specified URI.");
  }
}

/** S3: the object operations that functions use, path-style REST and XML; buckets come from the graph. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Access } from "./access";
import type { Clock } from "./clock";
import { s3Access } from "./s3-access";
import { createBuckets, type BucketRecords } from "./s3-buckets";
import { listObjects } from "./s3-list";
import { createBucket, type Bucket, type ObjectRecords } from "./s3-objects";
import { getObject } from "./s3-read";
import { putObject } from "./s3-write";
import { ServiceError, type CloudRequest, type CloudResponse, type Service } from "./service";
import { escapeXml } from "./xml";

export interface S3 {
  readonly service: Service;
  createBucket(name: string): void;
  /** Where an object's content lies on this machine; null when there is no such object. */
  fileOf(bucket: string, key: string): string | null;
}

/** What is known of buckets and objects beyond the process. */
export interface S3Records {
  readonly buckets: BucketRecords;
  objects(bucket: string): ObjectRecords;
}

/** Query parameters that an object operation may carry; any other one asks for an operation that we don't have. */
const PLAIN_QUERY = new Set([
  "x-id",
  "list-type",
  "prefix",
  "delimiter",
  "max-keys",
  "continuation-token",
  "start-after",
  "encoding-type",
  "fetch-owner",
]);
export function createS3(options: {
  readonly access: Access;
  readonly clock: Clock;
  readonly directory: string;
  /** @default none: objects and buckets are gone with the process */
  readonly records?: S3Records | undefined;
}): S3 {
  const { records = null } = options;
  const buckets = new Map<string, Bucket>();
  const make = (name: string): Bucket =>
    createBucket(join(options.directory, name), records?.objects(name) ?? null);
  const { create, remove, list } = createBuckets(buckets, make, options.clock.now, records?.buckets);
  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined)
      throw new ServiceError("NoSuchBucket", "The specified bucket does not exist", 404);
    return bucket;
  };

  async function handle(request: CloudRequest): Promise<CloudResponse> {
    const unknown = [...request.query.keys()].find((name) => !PLAIN_QUERY.has(name));
    const { bucket: bucketName, key } = targetOf(request.path);
    const use = (action: string): void => {
      options.access.use(request.caller, s3Access(action, bucketName, key, request));
    };
    const target = bucketName === "" ? "service" : key === "" ? "bucket" : "object";
    const operation = `${request.method} ${target}`;
    if (unknown !== undefined || "x-amz-copy-source" in request.headers)
      throw notImplemented(operation, unknown);
    switch (operation) {
      case "GET service":
        options.access.use(request.caller, { action: "s3:ListAllMyBuckets", resource: "*" });
        return list();
      case "PUT bucket":
        use("s3:CreateBucket");
        return create(bucketName);
      case "DELETE bucket":
        use("s3:DeleteBucket");
        return remove(bucketName);
      case "GET bucket":
        use("s3:ListBucket");
        return listObjects(bucketName, bucketOf(bucketName), request.query);
      case "HEAD bucket":
        use("s3:ListBucket");
        bucketOf(bucketName);
        return { status: 200, headers: { "x-amz-bucket-region": region(request) } };
      case "PUT object":
        use("s3:PutObject");
        return putObject(bucketOf(bucketName), key, request, new Date(options.clock.now()));
      case "GET object":
      case "HEAD object":
        use("s3:GetObject");
        // Who may list the bucket learns that there is no such key; others are refused:
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        if (bucketOf(bucketName).find(key) === null)
          options.access.use(request.caller, s3Access("s3:ListBucket", bucketName, "", request));
        return getObject(bucketOf(bucketName), key, request);
      case "DELETE object":
        use("s3:DeleteObject");
        bucketOf(bucketName).remove(key);
        return { status: 204 };
      default:
        throw notImplemented(operation, unknown);
    }
  }

  return {
    createBucket(name) {
      if (!buckets.has(name)) buckets.set(name, make(name));
    },
    fileOf: (bucket, key) => buckets.get(bucket)?.find(key)?.file ?? null,
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

function region(request: CloudRequest): string {
  return /\/\d{8}\/([^/]+)\/s3\//.exec(request.headers.authorization ?? "")?.[1] ?? "us-east-1";
}

function notImplemented(operation: string, query: string | undefined): ServiceError {
  const what = query === undefined ? operation : `${operation}?${query}`;
  return new ServiceError(
    "NotImplemented",
    `The local cloud's S3 makes, lists and deletes buckets; puts, gets, heads, lists and deletes objects; it has no ${what}.`,
    501,
  );
}

function errorResponse(error: ServiceError, request: CloudRequest, requestId: string): CloudResponse {
  const headers = { "Content-Type": "application/xml", "x-amz-request-id": requestId };
  if (request.method === "HEAD") return { status: error.status, headers };
  const words = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><Resource>${escapeXml(request.path)}</Resource>`;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${words}<RequestId>${requestId}</RequestId></Error>`;
  return { status: error.status, headers, body };
}

/** What an S3 operation needs in IAM's words, with the condition keys that S3 has for it. */
import type { AccessRequest } from "../access";
import type { CloudRequest } from "../service";

/** Query parameters and headers that S3 gives as condition keys: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
const QUERY_KEYS = ["prefix", "delimiter", "max-keys"];
const HEADER_KEYS = [
  "x-amz-acl",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
];

/** `key` is "" for the bucket itself. */
export function s3Access(action: string, bucket: string, key: string, request: CloudRequest): AccessRequest {
  const query = QUERY_KEYS.flatMap((name) => {
    const value = request.query.get(name);
    return value === null ? [] : [[`s3:${name}`, value]];
  });
  const headers = HEADER_KEYS.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === "string" ? [[`s3:${name}`, value]] : [];
  });
  return {
    action,
    resource: bucketArn(bucket) + (key === "" ? "" : `/${key}`),
    // Loopback counts as TLS, and of the newest version (docs/iam.md).
    context: {
      "s3:authType": "x-amz-signature" in request.headers ? "REST-QUERY-STRING" : "REST-HEADER",
      "s3:TlsVersion": "1.3",
      ...Object.fromEntries([...query, ...headers]),
    },
  };
}

function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

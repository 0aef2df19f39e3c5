/** What an S3 operation needs in IAM's words, with the condition keys that S3 has for it. */
import type { AccessRequest } from "./access";
import type { CloudRequest } from "./service";

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
      "s3:authType": "REST-HEADER",
      "s3:TlsVersion": "1.3",
      ...Object.fromEntries([...query, ...headers]),
    },
  };
}

/** What S3 calls at KMS on the caller's behalf: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
export function kmsAccess(action: string, keyArn: string, bucket: string, key: string): AccessRequest {
  const region = keyArn.split(":")[3] ?? "";
  return {
    action,
    resource: keyArn,
    context: {
      "kms:ViaService": `s3.${region}.amazonaws.com`,
      "kms:CallerAccount": keyArn.split(":")[4] ?? "",
      "kms:EncryptionContext:aws:s3:arn": `${bucketArn(bucket)}/${key}`,
      "aws:ViaAWSService": "true",
    },
  };
}

function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

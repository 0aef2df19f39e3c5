/** Rights on the objects of a bucket. */
import type { Statement } from "./document";

/**
 * Read the objects whose keys begin with `prefix`; all of them without one. ListBucket is what turns S3's answer for a
 * missing key from 403 into 404: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function readObjects(bucketArn: string, prefix = ""): readonly Statement[] {
  return [
    { Sid: "ReadObjects", Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${bucketArn}/${prefix}*`] },
    {
      Sid: "FindObjects",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: [bucketArn],
      ...(prefix === "" ? {} : { Condition: { StringLike: { "s3:prefix": `${prefix}*` } } }),
    },
  ];
}

/** Write (and overwrite, not delete) the objects whose keys begin with `prefix`; all of them without one. */
export function writeObjects(bucketArn: string, prefix = ""): readonly Statement[] {
  return [
    { Sid: "WriteObjects", Effect: "Allow", Action: ["s3:PutObject"], Resource: [`${bucketArn}/${prefix}*`] },
  ];
}

/** Write payloads and read them again, by keys that are known: nobody lists them. */
export function carryPayloads(bucketArn: string, prefix: string): readonly Statement[] {
  return [
    {
      Sid: "CarryPayloads",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: [`${bucketArn}/${prefix}*`],
    },
  ];
}

/** What Amazon S3 answers when its resources are created. */
import { hex } from "../identity";
import { type Model, type ModelTable, text } from "./model";

const bucket: Model = {
  autoname: { property: "bucket", maxLength: 63, lowerCase: true },
  computed: (subject) => {
    const name = text(subject, "bucket");
    return {
      id: name,
      arn: `arn:aws:s3:::${name}`,
      bucketDomainName: `${name}.s3.amazonaws.com`,
      bucketRegion: subject.region,
      bucketRegionalDomainName: `${name}.s3.${subject.region}.amazonaws.com`,
      // The zone of us-east-1; websites of buckets are not what this blueprint is about.
      hostedZoneId: "Z3AQBSTGFYJSTF",
      objectLockEnabled: false,
    };
  },
};

const object: Model = {
  computed: (subject) => {
    const path = `${text(subject, "bucket")}/${text(subject, "key")}`;
    return {
      id: path,
      arn: `arn:aws:s3:::${path}`,
      etag: hex(subject.urn, 32),
      storageClass: "STANDARD",
      versionId: "",
    };
  },
};

/** Settings of a bucket that are resources of their own take the bucket's name as id. */
const setting: Model = { computed: (subject) => ({ id: text(subject, "bucket") }) };

const SETTINGS = [
  "bucketAcl:BucketAcl",
  "bucketCorsConfiguration:BucketCorsConfiguration",
  "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "bucketLogging:BucketLogging",
  "bucketNotification:BucketNotification",
  "bucketOwnershipControls:BucketOwnershipControls",
  "bucketPolicy:BucketPolicy",
  "bucketPublicAccessBlock:BucketPublicAccessBlock",
  "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "bucketVersioning:BucketVersioning",
];

export const s3: ModelTable = {
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:s3/bucketObject:BucketObject": object,
  "aws:s3/bucketObjectv2:BucketObjectv2": object,
  ...Object.fromEntries(SETTINGS.map((name) => [`aws:s3/${name}`, setting])),
  ...Object.fromEntries(SETTINGS.map((name) => [`aws:s3/${name.split(":").join("V2:")}V2`, setting])),
};

/** Which APIs of which services a Task's Resource may name, and how the state may wait for the end of what they begin. */

/** `request`: for the answer. `sync`: for the work's end. `waitForTaskToken`: until somebody sends the token back. */
export type Pattern = "request" | "sync" | "sync:2" | "waitForTaskToken";

/** `arn:aws:states:::sqs:sendMessage.waitForTaskToken`, taken apart. */
export interface ServiceResource {
  /** `sqs:sendMessage`. */
  readonly api: Api;
  /** As histories have it: `sqs`, `aws-sdk:s3`. */
  readonly resourceType: string;
  /** As histories have it: `sendMessage.waitForTaskToken`. */
  readonly resource: string;
  readonly pattern: Pattern;
}

interface Facts {
  readonly patterns: readonly Pattern[];
  /** What Parameters must have. */
  readonly required: readonly string[];
  /** What AWS passes on besides; it drops everything else. */
  readonly optional: readonly string[];
}

const TOKEN = ["request", "waitForTaskToken"] as const;
const OBJECT = ["Bucket", "Key"];
const CONDITIONS = ["IfMatch", "IfNoneMatch"];
const READ = [...CONDITIONS, "Range", "ChecksumMode", "ExpectedBucketOwner"];

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
const APIS = {
  "lambda:invoke": {
    patterns: TOKEN,
    required: ["FunctionName"],
    optional: ["ClientContext", "InvocationType", "LogType", "Payload", "Qualifier"],
  },
  "sqs:sendMessage": {
    patterns: TOKEN,
    required: ["MessageBody", "QueueUrl"],
    optional: ["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"],
  },
  "states:startExecution": {
    patterns: ["request", "sync", "sync:2", "waitForTaskToken"],
    required: ["StateMachineArn"],
    optional: ["Input", "Name", "TraceHeader"],
  },
  "aws-sdk:s3:getObject": { patterns: TOKEN, required: OBJECT, optional: READ },
  "aws-sdk:s3:headObject": { patterns: TOKEN, required: OBJECT, optional: READ },
  "aws-sdk:s3:putObject": {
    patterns: TOKEN,
    required: OBJECT,
    optional: ["Body", ...CONDITIONS, "CacheControl", "ContentDisposition", "ContentType", "Metadata"],
  },
  "aws-sdk:s3:deleteObject": { patterns: TOKEN, required: OBJECT, optional: ["ExpectedBucketOwner"] },
  "aws-sdk:s3:headBucket": { patterns: TOKEN, required: ["Bucket"], optional: ["ExpectedBucketOwner"] },
  "aws-sdk:s3:listObjectsV2": {
    patterns: TOKEN,
    required: ["Bucket"],
    optional: ["ContinuationToken", "Delimiter", "FetchOwner", "MaxKeys", "Prefix", "StartAfter"],
  },
  "aws-sdk:sqs:sendMessage": {
    patterns: TOKEN,
    required: ["MessageBody", "QueueUrl"],
    optional: ["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"],
  },
  "aws-sdk:sqs:receiveMessage": {
    patterns: TOKEN,
    required: ["QueueUrl"],
    optional: ["MaxNumberOfMessages", "MessageAttributeNames", "VisibilityTimeout", "WaitTimeSeconds"],
  },
  "aws-sdk:sqs:deleteMessage": { patterns: TOKEN, required: ["QueueUrl", "ReceiptHandle"], optional: [] },
  "aws-sdk:sfn:getActivityTask": {
    patterns: TOKEN,
    required: ["ActivityArn"],
    optional: ["WorkerName"],
  },
  "aws-sdk:sfn:startExecution": {
    patterns: TOKEN,
    required: ["StateMachineArn"],
    optional: ["Input", "Name", "TraceHeader"],
  },
  "aws-sdk:sfn:describeExecution": { patterns: TOKEN, required: ["ExecutionArn"], optional: [] },
  "aws-sdk:sfn:stopExecution": {
    patterns: TOKEN,
    required: ["ExecutionArn"],
    optional: ["Cause", "Error"],
  },
  "aws-sdk:sfn:sendTaskSuccess": { patterns: TOKEN, required: ["Output", "TaskToken"], optional: [] },
  "aws-sdk:sfn:sendTaskFailure": {
    patterns: TOKEN,
    required: ["TaskToken"],
    optional: ["Cause", "Error"],
  },
  "aws-sdk:sfn:sendTaskHeartbeat": { patterns: TOKEN, required: ["TaskToken"], optional: [] },
} as const satisfies Record<string, Facts>;

export type Api = keyof typeof APIS;

const FORM =
  /^arn:[\w-]+:states:::((?:aws-sdk:)?[a-z0-9]+):(([A-Za-z0-9]+)(?:\.(sync(?::2)?|waitForTaskToken))?)$/;

/** Null for what this cloud does not call. */
export function parseServiceResource(text: string): ServiceResource | null {
  const [, resourceType = "", resource = "", action = "", pattern = "request"] = FORM.exec(text) ?? [];
  const api = `${resourceType}:${action}`;
  if (!isApi(api)) return null;
  const found = factsOf(api).patterns.find((known) => known === pattern);
  return found === undefined ? null : { api, resourceType, resource, pattern: found };
}

export function factsOf(api: Api): Facts {
  return APIS[api];
}

/** Every Resource that can be named, for the sentence that refuses another. */
export function supportedResources(): readonly string[] {
  return Object.keys(APIS).map((api) => `arn:aws:states:::${api}`);
}

function isApi(api: string): api is Api {
  return api in APIS;
}

/** What is required of what data lies in: buckets, queues, topics and keys. */
import { grants } from "../iam/actions";
import { eachStatement, type Statement } from "../iam/document";
import { openToEverybody } from "../iam/scope";
import { each, type Value } from "../known";
import type { Finding, Rule } from "../rule";
import { ofType, refersTo, type Stack, type StackSubject, type Subject } from "../subject";
import * as types from "../types";
import { isPresent, isTrue, list, object, text, unless } from "../values";

/** The resources of the given types whose `property` names `target`. */
function naming(
  stack: Stack,
  kinds: readonly string[],
  property: string,
  target: StackSubject,
): readonly StackSubject[] {
  return ofType(stack, ...kinds).filter((each) =>
    refersTo(each, property, () => each.props[property], target),
  );
}

const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

function publicAccess(stack: Stack): readonly Finding[] {
  return each(ofType(stack, ...types.BUCKETS), (subject) => {
    const [block] = naming(stack, [types.PUBLIC_ACCESS_BLOCK], "bucket", subject);
    if (block === undefined) return [{ subject, found: "no aws.s3.BucketPublicAccessBlock names it" }];
    const open = BLOCKS.filter((key) => !isTrue(block.props[key]));
    return open.length === 0
      ? []
      : [{ subject: block, found: `${open.join(", ")} ${open.length === 1 ? "is" : "are"} not true` }];
  });
}

function bucketTls(stack: Stack): readonly Finding[] {
  return each(ofType(stack, ...types.BUCKETS), (subject) => {
    const policies = naming(stack, [types.BUCKET_POLICY], "bucket", subject);
    const documents = [subject.props.policy, ...policies.map(({ props }) => props.policy)];
    return documents.some((document) => deniesPlainText(document, "s3:*"))
      ? []
      : [{ subject, found: "no policy denies everybody every action without TLS" }];
  });
}

function bucketEncryption(stack: Stack): readonly Finding[] {
  return each(ofType(stack, ...types.BUCKETS), (subject) => {
    const configured = naming(stack, types.BUCKET_ENCRYPTIONS, "bucket", subject).map(
      ({ props }) => props.rules,
    );
    const inline = object(subject.props.serverSideEncryptionConfiguration).rule;
    const algorithms = [inline, ...configured]
      .flatMap(list)
      .map((rule) => text(object(object(rule).applyServerSideEncryptionByDefault).sseAlgorithm));
    return algorithms.some((algorithm) => /^(AES256|aws:kms(:dsse)?)$/.test(algorithm))
      ? []
      : [{ subject, found: "no aws.s3.BucketServerSideEncryptionConfiguration names it" }];
  });
}

/** A statement that denies everybody `action`, or more, where the call is not over TLS. Of a bucket, its objects are meant. */
function deniesPlainText(document: Value, action: "s3:*" | "sqs:*" | "sns:Publish"): boolean {
  const denies = (statement: Statement): boolean =>
    !statement.allows &&
    statement.principals.some(({ kind }) => kind === "*") &&
    statement.actions.some((denied) => grants(denied, [action]).length > 0) &&
    statement.resources.some((resource) => action !== "s3:*" || resource.endsWith("*")) &&
    statement.conditions.length === 1 &&
    statement.conditions.some(
      ({ operator, key, values }) =>
        /^bool(ifexists)?$/i.test(operator) &&
        key === "aws:securetransport" &&
        values.every((value) => value.toLowerCase() === "false"),
    );
  return eachStatement(document, (statement) => (denies(statement) ? [true] : [])).length > 0;
}

function queueEncryption({ props }: Subject): readonly string[] {
  const holds = isTrue(props.sqsManagedSseEnabled) || isPresent(props.kmsMasterKeyId);
  return unless(holds, "sqsManagedSseEnabled", props.sqsManagedSseEnabled);
}

function queueTls(stack: Stack): readonly Finding[] {
  return each(ofType(stack, types.QUEUE), (subject) => {
    const policies = naming(stack, [types.QUEUE_POLICY], "queueUrl", subject);
    return [subject.props.policy, ...policies.map(({ props }) => props.policy)].some((document) =>
      deniesPlainText(document, "sqs:*"),
    )
      ? []
      : [{ subject, found: "no policy denies everybody sqs:* without TLS" }];
  });
}

function topicTls(stack: Stack): readonly Finding[] {
  return each(ofType(stack, types.TOPIC), (subject) => {
    const policies = naming(stack, [types.TOPIC_POLICY], "arn", subject);
    return [subject.props.policy, ...policies.map(({ props }) => props.policy)].some((document) =>
      deniesPlainText(document, "sns:Publish"),
    )
      ? []
      : [{ subject, found: "no policy denies everybody sns:Publish without TLS" }];
  });
}

/** Only symmetric keys that AWS made rotate by themselves. */
function rotation({ props }: Subject): readonly string[] {
  const spec = text(props.customerMasterKeySpec ?? props.keySpec ?? "SYMMETRIC_DEFAULT");
  const use = text(props.keyUsage ?? "ENCRYPT_DECRYPT");
  if (spec !== "SYMMETRIC_DEFAULT" || use !== "ENCRYPT_DECRYPT" || isPresent(props.customKeyStoreId))
    return [];
  return unless(isTrue(props.enableKeyRotation), "enableKeyRotation", props.enableKeyRotation);
}

const group = "Other" as const;

export const storageRules: readonly Rule[] = [
  {
    id: "kms-rotation",
    requirement: 61,
    group,
    title: "Keys rotate",
    what: "`enableKeyRotation` is true. Asymmetric and HMAC keys and keys of a custom key store can't rotate by themselves.",
    why: "It bounds what one leaked key can open.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["KMS.4", "CKV_AWS_7"],
    mend: "set enableKeyRotation to true",
    validate: { on: "resource", types: [types.KMS_KEY], check: rotation },
  },
  {
    id: "kms-no-public-key",
    requirement: 61,
    group,
    title: "Keys belong to somebody in particular",
    what: "No statement of a key's policy allows everybody, unless a condition names an account, organisation or source.",
    why: "Whoever may use the key reads what it encrypts.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["KMS.5", "CKV_AWS_33"],
    mend: "name the accounts, roles or services in its principal",
    validate: {
      on: "resource",
      types: [types.KMS_KEY, types.KMS_KEY_POLICY],
      check: ({ props }) => openToEverybody(props.policy),
    },
  },
  {
    id: "s3-public-access-block",
    requirement: 62,
    group,
    title: "Buckets block public access",
    what: "Each bucket of the stack has an `aws.s3.BucketPublicAccessBlock` with all four settings true. AWS's default for new buckets does not count: who switches it off by hand would go unnoticed.",
    why: "One wrong policy or list otherwise publishes every object.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["S3.8", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"],
    mend: "declare an aws.s3.BucketPublicAccessBlock with all four true",
    validate: { on: "stack", types: [...types.BUCKETS], check: publicAccess },
  },
  {
    id: "s3-tls",
    requirement: 62,
    group,
    title: "Buckets are spoken to over TLS",
    what: "A policy of each bucket denies everybody `s3:*` where `aws:SecureTransport` is false.",
    why: "Objects otherwise may cross the network in the clear.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["S3.5", "AwsSolutions-S10"],
    mend: "deny Principal * the action s3:* on the bucket and its objects with Bool aws:SecureTransport false",
    validate: { on: "stack", types: [...types.BUCKETS], check: bucketTls },
  },
  {
    id: "s3-encryption",
    requirement: 62,
    group,
    title: "Buckets say how they encrypt",
    what: "Each bucket has a server-side encryption configuration: AES256 or KMS. AWS's default does not count, since it hides which was meant.",
    why: "Who reads the program knows how data lies on disk.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["CKV_AWS_19"],
    mend: "declare an aws.s3.BucketServerSideEncryptionConfiguration",
    validate: { on: "stack", types: [...types.BUCKETS], check: bucketEncryption },
  },
  {
    id: "sqs-encryption",
    requirement: 63,
    group,
    title: "Queues are encrypted",
    what: "`sqsManagedSseEnabled` is true, or there is a `kmsMasterKeyId`.",
    why: "Messages hold what functions work on.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["SQS.1", "CKV_AWS_27"],
    mend: "set sqsManagedSseEnabled to true",
    validate: { on: "resource", types: [types.QUEUE], check: queueEncryption },
  },
  {
    id: "sqs-tls",
    requirement: 63,
    group,
    title: "Queues are spoken to over TLS",
    what: "A policy of each queue denies everybody `sqs:*` where `aws:SecureTransport` is false.",
    why: "Messages otherwise may cross the network in the clear.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["AwsSolutions-SQS4"],
    mend: "deny Principal * the action sqs:* with Bool aws:SecureTransport false",
    validate: { on: "stack", types: [types.QUEUE], check: queueTls },
  },
  {
    id: "sns-encryption",
    requirement: 63,
    group,
    title: "Topics are encrypted",
    what: "There is a `kmsMasterKeyId`: AWS's own, alias/aws/sns, or one of yours, which CloudWatch's alarms need.",
    why: "What alarms and functions tell each other lies there until it is delivered.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["SNS.1", "CKV_AWS_26"],
    mend: "set kmsMasterKeyId",
    validate: {
      on: "resource",
      types: [types.TOPIC],
      check: ({ props }) => unless(isPresent(props.kmsMasterKeyId), "kmsMasterKeyId", props.kmsMasterKeyId),
    },
  },
  {
    id: "sns-tls",
    requirement: 63,
    group,
    title: "Topics are spoken to over TLS",
    what: "A policy of each topic denies everybody `sns:Publish` where `aws:SecureTransport` is false.",
    why: "Messages otherwise may cross the network in the clear.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["AwsSolutions-SNS3"],
    mend: "deny Principal * the action sns:Publish with Bool aws:SecureTransport false",
    validate: { on: "stack", types: [types.TOPIC], check: topicTls },
  },
];

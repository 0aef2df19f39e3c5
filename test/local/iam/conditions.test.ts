/** What conditions mean: each row says a sentence of the documentation page that it names; an Allow without it is a no. */
import { allow, ask, deny, document, type Asked, type Json } from "./ask";

/** Under https://docs.aws.amazon.com/IAM/latest/UserGuide/. */
const OPERATORS = "reference_policies_elements_condition_operators.html";
const LOGIC = "reference_policies_condition-logic-multiple-context-keys-or-values.html";
const SETS = "reference_policies_condition-single-vs-multi-valued-context-keys.html";
const VARIABLES = "reference_policies_variables.html";
const KEYS = "reference_policies_condition-keys.html";

type Row = readonly [
  page: string,
  sentence: string,
  condition: Json,
  context: Asked["context"],
  holds: boolean,
];

const CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/one";

// prettier-ignore
const rows: readonly Row[] = [
  [OPERATORS, "StringEquals is exact and case sensitive", { StringEquals: { "s3:prefix": "In" } }, { "s3:prefix": "in" }, false],
  [OPERATORS, "StringEquals knows no wildcards", { StringEquals: { "s3:prefix": "in*" } }, { "s3:prefix": "inner" }, false],
  [OPERATORS, "StringNotEquals holds for another value", { StringNotEquals: { "s3:prefix": "in" } }, { "s3:prefix": "out" }, true],
  [OPERATORS, "StringEqualsIgnoreCase ignores case", { StringEqualsIgnoreCase: { "s3:prefix": "In" } }, { "s3:prefix": "iN" }, true],
  [OPERATORS, "StringNotEqualsIgnoreCase ignores case", { StringNotEqualsIgnoreCase: { "s3:prefix": "In" } }, { "s3:prefix": "iN" }, false],
  [OPERATORS, "StringLike takes * for any characters", { StringLike: { "s3:prefix": "in/*" } }, { "s3:prefix": "in/a/b" }, true],
  [OPERATORS, "StringLike takes ? for one character", { StringLike: { "s3:prefix": "in?" } }, { "s3:prefix": "in" }, false],
  [OPERATORS, "StringLike is case sensitive", { StringLike: { "s3:prefix": "IN*" } }, { "s3:prefix": "in" }, false],
  [OPERATORS, "StringNotLike takes wildcards", { StringNotLike: { "s3:prefix": "in*" } }, { "s3:prefix": "inner" }, false],
  [OPERATORS, "NumericEquals compares numbers, not their text", { NumericEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": "10.0" }, true],
  [OPERATORS, "a number may stand without quotes", { NumericLessThanEquals: { "s3:max-keys": 10 } }, { "s3:max-keys": "10" }, true],
  [OPERATORS, "NumericLessThan is strict", { NumericLessThan: { "s3:max-keys": "10" } }, { "s3:max-keys": "10" }, false],
  [OPERATORS, "NumericGreaterThan is by value", { NumericGreaterThan: { "s3:max-keys": "9" } }, { "s3:max-keys": "10" }, true],
  [OPERATORS, "NumericGreaterThanEquals takes in the bound", { NumericGreaterThanEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": "10" }, true],
  [OPERATORS, "NumericNotEquals holds for another number", { NumericNotEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": "10.5" }, true],
  [OPERATORS, "what is no number compares with none", { NumericLessThan: { "s3:max-keys": "10" } }, { "s3:max-keys": "few" }, false],
  [OPERATORS, "DateLessThan compares instants", { DateLessThan: { "aws:CurrentTime": "2026-06-30T00:00:00Z" } }, { "aws:CurrentTime": "2026-06-29T23:59:59Z" }, true],
  [OPERATORS, "DateGreaterThan heeds the offset from UTC", { DateGreaterThan: { "aws:CurrentTime": "2026-06-30T00:00:00+02:00" } }, { "aws:CurrentTime": "2026-06-29T22:00:01Z" }, true],
  [OPERATORS, "a date may be in seconds since 1970", { DateEquals: { "aws:EpochTime": "2026-01-01T00:00:00Z" } }, { "aws:EpochTime": "1767225600" }, true],
  [OPERATORS, "DateNotEquals holds at another instant", { DateNotEquals: { "aws:CurrentTime": "2026-01-01" } }, { "aws:CurrentTime": "2026-01-01T00:00:00Z" }, false],
  [OPERATORS, "DateGreaterThanEquals takes in the bound", { DateGreaterThanEquals: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }, { "aws:CurrentTime": "2026-01-01T00:00:00Z" }, true],
  [OPERATORS, "DateLessThanEquals takes in the bound", { DateLessThanEquals: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }, { "aws:CurrentTime": "2026-01-01T00:00:00Z" }, true],
  [OPERATORS, "Bool compares true and false", { Bool: { "aws:SecureTransport": "true" } }, { "aws:SecureTransport": "true" }, true],
  [OPERATORS, "a boolean may stand without quotes", { Bool: { "aws:SecureTransport": false } }, { "aws:SecureTransport": "true" }, false],
  [OPERATORS, "BinaryEquals compares base-64 byte for byte", { BinaryEquals: { "x:key": "QmluYXJ5" } }, { "x:key": "QmluYXJ5" }, true],
  [OPERATORS, "IpAddress holds for an address in the range", { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, { "aws:SourceIp": "203.0.113.9" }, true],
  [OPERATORS, "IpAddress does not hold beside the range", { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, { "aws:SourceIp": "203.0.114.9" }, false],
  [OPERATORS, "an address without a prefix is one address", { IpAddress: { "aws:SourceIp": "203.0.113.9" } }, { "aws:SourceIp": "203.0.113.8" }, false],
  [OPERATORS, "IpAddress takes IPv6, however it is shortened", { IpAddress: { "aws:SourceIp": "2001:db8:1234:5678::/64" } }, { "aws:SourceIp": "2001:DB8:1234:5678:0:1::" }, true],
  [OPERATORS, "IPv4 is in no range of IPv6", { IpAddress: { "aws:SourceIp": "::/0" } }, { "aws:SourceIp": "203.0.113.9" }, false],
  [OPERATORS, "NotIpAddress holds outside of the range", { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, { "aws:SourceIp": "198.51.100.1" }, true],
  [OPERATORS, "ArnEquals takes wildcards, as ArnLike does", { ArnEquals: { "ecs:cluster": "arn:aws:ecs:*:123456789012:cluster/*" } }, { "ecs:cluster": CLUSTER }, true],
  [OPERATORS, "each part of an ARN is matched by itself", { ArnLike: { "ecs:cluster": "arn:aws:ecs:*:cluster/one" } }, { "ecs:cluster": CLUSTER }, false],
  [OPERATORS, "ArnLike matches the last part across colons", { ArnLike: { "aws:SourceArn": "arn:aws:lambda:*:*:function:*" } }, { "aws:SourceArn": "arn:aws:lambda:eu-west-1:123456789012:function:split:live" }, true],
  [OPERATORS, "ArnNotLike holds for another ARN", { ArnNotLike: { "ecs:cluster": "arn:aws:ecs:*:*:cluster/two" } }, { "ecs:cluster": CLUSTER }, true],
  [OPERATORS, "ArnNotEquals holds for another ARN", { ArnNotEquals: { "ecs:cluster": CLUSTER } }, { "ecs:cluster": CLUSTER }, false],
  [OPERATORS, "Null: true holds when the key is absent", { Null: { "ecs:task-definition": "true" } }, {}, true],
  [OPERATORS, "Null: true does not hold when it is present", { Null: { "ecs:task-definition": "true" } }, { "ecs:task-definition": "arn" }, false],
  [OPERATORS, "Null: false holds when the key is present", { Null: { "ecs:task-definition": false } }, { "ecs:task-definition": "arn" }, true],
  [OPERATORS, "an absent key does not match", { StringEquals: { "s3:prefix": "" } }, {}, false],
  [OPERATORS, "an absent key is unlike everything", { StringNotLike: { "s3:prefix": "in*" } }, {}, true],
  [OPERATORS, "...IfExists holds when the key is absent", { StringEqualsIfExists: { "s3:prefix": "in" } }, {}, true],
  [OPERATORS, "...IfExists is judged when the key is present", { StringEqualsIfExists: { "s3:prefix": "in" } }, { "s3:prefix": "out" }, false],
  [OPERATORS, "...IfExists goes with every operator but Null", { ArnLikeIfExists: { "aws:SourceArn": "arn:aws:s3:::*" }, BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } }, {}, true],
  [LOGIC, "several values of a key are alternatives", { StringEquals: { "s3:prefix": ["in", "out"] } }, { "s3:prefix": "out" }, true],
  [LOGIC, "several values under a negated operator are all excluded", { StringNotEquals: { "s3:prefix": ["in", "out"] } }, { "s3:prefix": "out" }, false],
  [LOGIC, "several keys of an operator must all match", { StringEquals: { "s3:prefix": "in", "s3:delimiter": "/" } }, { "s3:prefix": "in" }, false],
  [LOGIC, "several operators must all hold", { StringEquals: { "s3:prefix": "in" }, Bool: { "aws:SecureTransport": "true" } }, { "s3:prefix": "in", "aws:SecureTransport": "false" }, false],
  [KEYS, "names of keys are not case sensitive", { StringEquals: { "AWS:principalarn": "me" } }, { "aws:PrincipalArn": "me" }, true],
  [SETS, "ForAnyValue holds when one of the values matches", { "ForAnyValue:StringEquals": { "aws:TagKeys": ["team", "cost"] } }, { "aws:TagKeys": ["owner", "cost"] }, true],
  [SETS, "ForAnyValue does not hold when none matches", { "ForAnyValue:StringLike": { "aws:TagKeys": "t*" } }, { "aws:TagKeys": ["owner", "cost"] }, false],
  [SETS, "ForAnyValue does not hold without values", { "ForAnyValue:StringNotEquals": { "aws:TagKeys": "team" } }, {}, false],
  [SETS, "ForAllValues holds when every value matches", { "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] } }, { "aws:TagKeys": ["cost", "team"] }, true],
  [SETS, "ForAllValues does not hold when one does not match", { "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] } }, { "aws:TagKeys": ["cost", "owner"] }, false],
  [SETS, "ForAllValues holds without values", { "ForAllValues:StringEquals": { "aws:TagKeys": "team" } }, {}, true],
  [SETS, "ForAllValues with a negated operator excludes every listed value", { "ForAllValues:StringNotEquals": { "aws:TagKeys": ["team"] } }, { "aws:TagKeys": ["cost", "team"] }, false],
  [VARIABLES, "a variable in a condition is replaced by its value", { StringLike: { "s3:prefix": "${aws:username}/*" } }, { "aws:username": "ann", "s3:prefix": "ann/a" }, true],
  [VARIABLES, "a variable without a value makes the statement void, negated or not", { StringNotLike: { "s3:prefix": "${aws:username}/*" } }, { "s3:prefix": "ann/a" }, false],
];

test.each(rows)("%s: %s", (_page, _sentence, condition, context = {}, holds) => {
  expect(ask({ identity: allow({ Condition: condition }) }, { context })).toBe(
    holds ? "yes" : "no by identity",
  );
});

test("a condition of a denial that does not hold denies nothing", () => {
  const insecure = { Bool: { "aws:SecureTransport": "false" } };
  const documents = { identity: allow(), resource: deny({ Principal: "*", Condition: insecure }) };
  expect(ask(documents, { context: { "aws:SecureTransport": "true" } })).toBe("yes");
  expect(ask(documents, { context: { "aws:SecureTransport": "false" } })).toBe("denied by resource");
});

test("a condition in a document of 2008 has no variables: ${...} is a literal there", () => {
  const condition = { StringEquals: { "s3:prefix": "${aws:username}" } };
  const identity = document(allow({ Condition: condition }), "2008-10-17");
  expect(ask({ identity }, { context: { "s3:prefix": "${aws:username}" } })).toBe("yes");
});

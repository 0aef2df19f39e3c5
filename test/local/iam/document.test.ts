/** What IAM would not take as a policy is refused with its name, its statement and what is wrong. */
import { compile, MalformedPolicy, type PolicyKind } from "../../../local/iam/document";
import { allow, document, type Json } from "./ask";

const assume = { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
// prettier-ignore
const wrong: readonly (readonly [sentence: string, kind: PolicyKind, document: Json, message: RegExp])[] = [
  ["text that is not JSON", "identity", "{", /JSON/],
  ["something else than an object", "identity", [], /not an object/],
  ["another version", "identity", document(allow(), "2012-10-18"), /Version is 2012-10-17 or 2008-10-17, got "2012-10-18"/],
  ["no statement", "identity", document([]), /no Statement/],
  ["a statement that is a text", "identity", document(["Allow"]), /statement 1 is not an object/],
  ["an element that there is not", "identity", document(allow({ Actions: "s3:*" })), /has Actions, which is no element/],
  ["an effect in lower case", "identity", document(allow({ Effect: "allow" })), /neither Allow nor Deny/],
  ["an action without its service", "identity", document(allow({ Action: "GetObject" })), /GetObject, which is not service:Name/],
  ["no action", "identity", document({ Effect: "Allow", Resource: "*" }), /one of Action and NotAction/],
  ["both Action and NotAction", "identity", document({ ...allow(), NotAction: "s3:*" }), /one of Action and NotAction/],
  ["no resource", "identity", document({ Effect: "Allow", Action: "*" }), /one of Resource and NotResource/],
  ["a principal in an identity's policy", "identity", document(allow({ Principal: "*" })), /has Principal, which a policy of its kind can't have/],
  ["no principal in a resource's policy", "resource", document(allow()), /one of Principal and NotPrincipal/],
  ["a principal of an unknown type", "resource", document(allow({ Principal: { Aws: "*" } })), /Principal of the type Aws/],
  ["a resource in a trust policy", "trust", document({ ...assume, Resource: "*" }), /has Resource, which a policy of its kind can't have/],
  ["NotPrincipal with Allow", "resource", document(allow({ NotPrincipal: { AWS: "*" } })), /NotPrincipal, which is for Deny alone/],
  ["an unknown condition operator", "identity", document(allow({ Condition: { StringIs: { a: "b" } } })), /operator StringIs/],
  ["IfExists after Null", "identity", document(allow({ Condition: { NullIfExists: { a: "true" } } })), /operator NullIfExists/],
  ["a condition without keys", "identity", document(allow({ Condition: { StringEquals: "a" } })), /StringEquals without keys/],
  ["a list of something else than texts", "identity", document(allow({ Resource: [null] })), /null where a text belongs/],
];

test.each(wrong)("a document with %s is refused", (_sentence, kind, value, message) => {
  expect(() => compile(value, "policy of worker-role", kind)).toThrow(MalformedPolicy);
  expect(() => compile(value, "policy of worker-role", kind)).toThrow(message);
  expect(() => compile(value, "policy of worker-role", kind)).toThrow(/^policy of worker-role is not/);
});

test("a single statement and single values may stand without lists", () => {
  const policy = compile(JSON.stringify(document(allow({ Sid: "All" }))), "one", "identity");
  expect(policy.statements).toMatchObject([{ sid: "All", effect: "Allow", principals: null }]);
});

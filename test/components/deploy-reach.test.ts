/** How far the deploy role reaches: asked of the local IAM, with the documents that are deployed. */
import { deployStack } from "../../components/iam/deploy/deploy";
import { policyDocument } from "../../components/iam/document";
import { expand } from "../../policies/iam/actions";
import { ACCOUNT, ask, type Json } from "../local/iam/ask";

const PREFIX = "loveless-prod";
const statements = deployStack({
  accountId: ACCOUNT,
  region: "eu-west-1",
  prefix: PREFIX,
  permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
});
const identity = JSON.parse(JSON.stringify(policyDocument(statements))) as Json;

const arn = (service: string, rest: string): string => `arn:aws:${service}:eu-west-1:${ACCOUNT}:${rest}`;
const may = (action: string, resource: string, context: Readonly<Record<string, string[]>> = {}): boolean =>
  ask({ identity }, { action, resource, context }) === "yes";

const VPC = arn("ec2", "vpc/vpc-1");
const KEY = arn("kms", "key/1");
const ours = { "aws:RequestTag/Stack": [PREFIX] };

test.each(["", "/aws/vendedlogs/states"])("it has the log groups %s/PREFIX/… and no others", (path) => {
  const group = (stack: string): string => arn("logs", `log-group:${path}/${stack}/lambda/split:*`);
  expect(may("logs:DeleteLogGroup", group(PREFIX))).toBe(true);
  expect(may("logs:DeleteLogGroup", group(`${PREFIX}2`))).toBe(false);
});

test("it has the log group of its own cluster, and of no other stack's", () => {
  const group = (stack: string): string =>
    arn("logs", `log-group:/aws/ecs/containerinsights/${stack}-cluster/performance`);
  expect(may("logs:DeleteLogGroup", group(PREFIX))).toBe(true);
  expect(may("logs:DeleteLogGroup", group(`${PREFIX}2`))).toBe(false);
});

test("what it makes in the network it tags; what was there before it can't make its own by a tag", () => {
  expect(may("ec2:CreateTags", VPC, { ...ours, "ec2:CreateAction": ["CreateVpc"] })).toBe(true);
  expect(may("ec2:CreateTags", VPC, ours)).toBe(false);
  expect(may("ec2:CreateTags", VPC, { ...ours, "aws:ResourceTag/Stack": ["other"] })).toBe(false);
  expect(may("ec2:CreateTags", VPC, { ...ours, "aws:ResourceTag/Stack": [PREFIX] })).toBe(true);
});

test("it may tag the group that came with its VPC, which has no tag, and no other stack's group", () => {
  const group = arn("ec2", "security-group/sg-1");
  expect(may("ec2:CreateTags", group, ours)).toBe(true);
  expect(may("ec2:CreateTags", group, { ...ours, "aws:ResourceTag/Stack": ["other"] })).toBe(false);
  expect(may("ec2:RevokeSecurityGroupEgress", group)).toBe(false);
});

test("it makes a key with the stack's tag, and tags no key of another stack", () => {
  expect(may("kms:CreateKey", KEY, ours)).toBe(true);
  expect(may("kms:TagResource", KEY, ours)).toBe(true);
  expect(may("kms:TagResource", KEY, { ...ours, "aws:ResourceTag/Stack": ["other"] })).toBe(false);
});

test("it gives nobody a grant on the key but AWS's services", () => {
  const own = { "aws:ResourceTag/Stack": [PREFIX] };
  expect(may("kms:CreateGrant", KEY, { ...own, "kms:GrantIsForAWSResource": ["true"] })).toBe(true);
  expect(may("kms:CreateGrant", KEY, { ...own, "kms:GrantIsForAWSResource": ["false"] })).toBe(false);
  expect(may("kms:CreateGrant", KEY, own)).toBe(false);
});

test("of what has no name and no tag it reads, and changes what IAM can't scope", () => {
  const unscoped = statements.filter(({ Resource }) => Resource?.includes("*"));
  const changing = unscoped
    .flatMap(({ Sid, Action }) => Action.flatMap(expand).map((action) => `${Sid} ${action}`))
    .filter((each) => !/:(Describe|Get|List|Validate)/.test(each));
  expect(changing.sort()).toEqual([
    "ChangeUnscoped ecs:DeregisterTaskDefinition",
    "ChangeUnscoped logs:DeleteQueryDefinition",
    "ChangeUnscoped logs:PutQueryDefinition",
  ]);
});

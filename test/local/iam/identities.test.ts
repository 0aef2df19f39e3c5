/** What a graph's roles may do: where policies come from, whose resource has which, and what each call brings as context. */
import { createAccess, type Access, type AccessRequest, type Principal } from "../../../local/cloud/access";
import { identitiesOf } from "../../../local/iam/identities";
import type { GraphResource } from "../../../local/graph";
import { ACCOUNT } from "./ask";
import { bucket, bucketPolicy, graphOf, policy, resource, role, roleArn } from "./graphs";

const ME: Principal = { arn: roleArn("me-1"), sessionName: "s1" };
const YOU: Principal = { arn: `arn:aws:iam::${ACCOUNT}:user/you` };
const READ: AccessRequest = { action: "s3:GetObject", resource: "arn:aws:s3:::data/in/1" };
const readAll = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

function accessOf(...resources: readonly GraphResource[]): Access {
  const identities = identitiesOf(graphOf(...resources), ACCOUNT);
  return createAccess({
    identities,
    mode: "strict",
    region: "eu-west-1",
    now: () => Date.parse("2026-11-20T10:00:00Z"),
  });
}

/** "yes", or AWS's words. */
function judge(access: Access, principal: Principal = ME, request: AccessRequest = READ): string {
  try {
    access.use(principal, request);
    return "yes";
  } catch (error) {
    return (error as Error).message;
  }
}

const NO = `User: arn:aws:sts::${ACCOUNT}:assumed-role/me-1/s1 is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/in/1"`;

test("a role without policies may do nothing, in AWS's words", () => {
  expect(judge(accessOf(...role("me", [])))).toBe(
    `${NO} because no identity-based policy allows the s3:GetObject action`,
  );
});

test("a role that this program does not declare may do nothing", () => {
  expect(judge(accessOf())).toMatch(/no identity-based policy allows/);
});

test("the person at the laptop is an administrator, whom a resource's policy can still deny", () => {
  expect(judge(accessOf(), YOU)).toBe("yes");
  const closed = bucketPolicy("data", { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" });
  expect(judge(accessOf(bucket("data"), closed), YOU)).toMatch(
    /with an explicit deny in a resource-based policy$/,
  );
});

test("policies are inline, beside the role, attached by one resource or another, or named by the role", () => {
  const arn = `arn:aws:iam::${ACCOUNT}:policy/read`;
  const managed = resource("aws:iam/policy:Policy", "read", { policy: policy(readAll) }, { arn });
  const attach = (type: string, inputs: GraphResource["inputs"]): GraphResource =>
    resource(type, "attachment", inputs);
  const ways: readonly (readonly GraphResource[])[] = [
    role("me", [readAll]),
    role("me", [], { inlinePolicies: [{ name: "read", policy: policy(readAll) }] }),
    [...role("me", [], { managedPolicyArns: [arn] }), managed],
    [
      ...role("me", []),
      managed,
      attach("aws:iam/rolePolicyAttachment:RolePolicyAttachment", { role: "me-1", policyArn: arn }),
    ],
    [
      ...role("me", []),
      managed,
      attach("aws:iam/policyAttachment:PolicyAttachment", { roles: ["me-1"], policyArn: arn }),
    ],
    role("me", [], { managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }),
  ];
  for (const way of ways) expect(judge(accessOf(...way))).toBe("yes");
});

test("a policy whose document is not known here counts as empty, and is told", () => {
  const unknown = "arn:aws:iam::aws:policy/AmazonSomethingFullAccess";
  const resources = role("me", [], { managedPolicyArns: [unknown] });
  expect(identitiesOf(graphOf(...resources), ACCOUNT).gaps).toEqual([
    `me has the policy ${unknown}, whose document is not known here: it counts as empty.`,
  ]);
});

test("a permissions boundary limits a role; an unknown one lets nothing through", () => {
  const arn = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
  const queues = policy({ Effect: "Allow", Action: "sqs:*", Resource: "*" });
  const boundary = resource("aws:iam/policy:Policy", "boundary", { policy: queues }, { arn });
  const limited = role("me", [readAll], { permissionsBoundary: arn });
  expect(judge(accessOf(...limited, boundary))).toBe(
    `${NO} because no permissions boundary allows the s3:GetObject action`,
  );
  expect(judge(accessOf(...limited))).toMatch(/no permissions boundary allows/);
});

test("a bucket's policy that wants TLS lets loopback through, and its objects are under it", () => {
  const plain = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const old = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::data/in/*" };
  expect(judge(accessOf(...role("me", [readAll]), bucket("data"), bucketPolicy("data", plain)))).toBe("yes");
  expect(judge(accessOf(...role("me", [readAll]), bucket("data"), bucketPolicy("data", old)))).toMatch(
    /explicit deny in a resource/,
  );
});

test("a Lambda permission lets a service in, for the source that it names", () => {
  const arn = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:split-1`;
  const rule = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/hourly`;
  const access = accessOf(
    resource("aws:lambda/function:Function", "split", {}, { arn, name: "split-1", id: "split-1" }),
    resource("aws:lambda/permission:Permission", "hourly", {
      action: "lambda:InvokeFunction",
      function: "split-1",
      principal: "events.amazonaws.com",
      sourceArn: rule,
    }),
  );
  const invoke = (source: string): AccessRequest => ({
    action: "lambda:InvokeFunction",
    resource: arn,
    context: { "aws:SourceArn": source },
  });
  expect(judge(access, { arn: "events.amazonaws.com" }, invoke(rule))).toBe("yes");
  expect(judge(access, { arn: "events.amazonaws.com" }, invoke(`${rule}2`))).toMatch(
    /no resource-based policy allows/,
  );
});

test("a key's policy decides: by default it leaves the key to the account's identities", () => {
  const arn = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`;
  const decrypt: AccessRequest = { action: "kms:Decrypt", resource: arn };
  const granted = role("me", [{ Effect: "Allow", Action: "kms:Decrypt", Resource: arn }]);
  const key = (document: string): GraphResource =>
    resource("aws:kms/key:Key", "key", { policy: document }, { arn, id: "1" });
  const onlyYou = policy({ Effect: "Allow", Principal: { AWS: YOU.arn }, Action: "kms:*", Resource: "*" });
  expect(judge(accessOf(...granted, key("")), ME, decrypt)).toBe("yes");
  expect(judge(accessOf(...role("me", []), key("")), ME, decrypt)).toMatch(/no identity-based policy allows/);
  expect(judge(accessOf(...granted, key(onlyYou)), ME, decrypt)).toMatch(
    /no resource-based policy allows the kms:Decrypt action/,
  );
});

test("a resource under a key is used with the right to the key, by whatever name it refers to it", () => {
  const arn = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`;
  const queueArn = `arn:aws:sqs:eu-west-1:${ACCOUNT}:jobs`;
  const send: AccessRequest = { action: "sqs:SendMessage", resource: queueArn };
  const sender = role("me", [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn }]);
  const under = (kmsMasterKeyId: string): Access =>
    accessOf(
      ...sender,
      resource("aws:kms/key:Key", "key", {}, { arn, id: "1", keyId: "1" }),
      resource("aws:kms/alias:Alias", "alias", { targetKeyId: "1" }, { name: "alias/mine" }),
      resource("aws:sqs/queue:Queue", "jobs", { kmsMasterKeyId }, { arn: queueArn }),
    );
  for (const reference of [arn, "1", "alias/mine"])
    expect(judge(under(reference), ME, send)).toMatch(
      /perform: kms:GenerateDataKey on resource: arn:aws:kms:/,
    );
  for (const reference of ["", "alias/aws/sqs"]) expect(judge(under(reference), ME, send)).toBe("yes");
});

test("a queue's policy is found by the queue's URL", () => {
  const arn = `arn:aws:sqs:eu-west-1:${ACCOUNT}:jobs`;
  const url = `https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/jobs`;
  const send = policy({
    Effect: "Allow",
    Principal: { AWS: ME.arn },
    Action: "sqs:SendMessage",
    Resource: arn,
  });
  const access = accessOf(
    ...role("me", []),
    resource("aws:sqs/queue:Queue", "jobs", {}, { arn, url, id: url }),
    resource("aws:sqs/queuePolicy:QueuePolicy", "jobs-policy", { queueUrl: url, policy: send }),
  );
  expect(judge(access, ME, { action: "sqs:SendMessage", resource: arn })).toBe("yes");
});

test("what AWS knows of a caller and a resource is there to refer to", () => {
  const conditions: readonly object[] = [
    { ArnEquals: { "aws:PrincipalArn": ME.arn } },
    { StringEquals: { "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalType": "AssumedRole" } },
    { StringEquals: { "aws:PrincipalTag/team": "sky" } },
    { StringEquals: { "aws:userid": "AROAEXAMPLE:s1" } },
    { StringEquals: { "aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": ACCOUNT } },
    { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } },
    {
      Bool: {
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
      },
    },
    {
      DateLessThan: { "aws:CurrentTime": "2026-11-20T10:00:01Z" },
      NumericGreaterThan: { "aws:EpochTime": "1700000000" },
    },
    { Null: { "aws:username": "true" } },
  ];
  for (const Condition of conditions) {
    const access = accessOf(...role("me", [{ ...readAll, Condition }], { tags: { team: "sky" } }));
    expect([Condition, judge(access)]).toEqual([Condition, "yes"]);
  }
});

test("a document that speaks of the time is asked anew at each call", () => {
  let now = Date.parse("2026-11-20T10:00:00Z");
  const Condition = { DateLessThan: { "aws:CurrentTime": "2026-11-20T11:00:00Z" } };
  const identities = identitiesOf(graphOf(...role("me", [{ ...readAll, Condition }])), ACCOUNT);
  const access = createAccess({ identities, mode: "strict", now: () => now });
  expect(judge(access)).toBe("yes");
  now += 3_600_000;
  expect(judge(access)).toMatch(/no identity-based policy allows/);
});

test("a malformed document is refused when the graph is read, with the resource's name", () => {
  const broken = role("me", [{ Effect: "Allow", Action: "GetObject", Resource: "*" }]);
  expect(() => identitiesOf(graphOf(...broken), ACCOUNT)).toThrow(
    /^policy of me-policy is not a policy document/,
  );
});

test("under report a refused call goes through, and is listed once with its count", () => {
  const identities = identitiesOf(graphOf(...role("me", [])), ACCOUNT);
  const access = createAccess({ identities });
  access.use(ME, READ);
  access.use(ME, READ);
  expect(access.allows(ME, READ)).toBe(true);
  expect(access.refused()).toMatchObject([
    { principal: ME, request: READ, count: 3, decision: { allowed: false } },
  ]);
});

test("a service takes on a role as its trust policy allows", () => {
  const pinned = { Service: "lambda.amazonaws.com" };
  const access = accessOf(...role("me", [], { trusted: pinned }));
  const source = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:split`;
  expect(access.assume("lambda.amazonaws.com", ME, source)).toBe(ME);
  expect(() => access.assume("ecs-tasks.amazonaws.com", ME, source)).toThrow(
    `User: ecs-tasks.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${ME.arn} because no role trust policy allows the sts:AssumeRole action`,
  );
});

/** Refusals and sessions on the wire, by the SDK's own clients: each service says no in its own protocol. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type Credentials,
} from "@aws-sdk/client-sts";
import { createAccess, type Access } from "../../../local/cloud/access";
import { systemClock } from "../../../local/cloud/clock";
import { createCloudWatch } from "../../../local/cloud/metrics/cloudwatch";
import { createS3 } from "../../../local/cloud/s3/s3";
import { startServer, type CloudServer } from "../../../local/cloud/server";
import { createSts } from "../../../local/cloud/sts";
import { identitiesOf } from "../../../local/iam/identities";
import { ACCOUNT } from "./ask";
import { bucket, graphOf, resource, role, roleArn } from "./graphs";

const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`;
const graph = graphOf(
  ...role("reader", [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }]),
  ...role("finder", [
    { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" },
    { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::data" },
  ]),
  ...role("hopper", [
    { Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Resource: roleArn("target-1") },
  ]),
  ...role(
    "target",
    [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject"],
        Resource: "arn:aws:s3:::data/${aws:PrincipalTag/team}/*",
      },
      {
        Effect: "Allow",
        Action: "cloudwatch:PutMetricData",
        Resource: "*",
        Condition: { StringEquals: { "cloudwatch:namespace": "Mine" } },
      },
    ],
    { trusted: { AWS: [roleArn("hopper-1"), roleArn("stranger-1")] }, tags: { team: "sky" } },
  ),
  ...role("stranger", []),
  bucket("data"),
  bucket("vault"),
  resource("aws:kms/key:Key", "key", {}, { arn: KEY, id: "1" }),
  resource(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "vault-encryption",
    {
      bucket: "vault",
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY } }],
    },
  ),
  ...role("keyless", [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }]),
);

const directory = mkdtempSync(join(tmpdir(), "loveless-iam-"));
let nowMs = Date.parse("2026-11-20T10:00:00Z");
let access: Access;
let server: CloudServer;

beforeAll(async () => {
  const identities = identitiesOf(graph, ACCOUNT);
  access = createAccess({ identities, mode: "strict", region: "eu-west-1", now: () => nowMs });
  const s3 = createS3({ access, clock: systemClock, directory });
  s3.createBucket("data");
  s3.createBucket("vault");
  const cloudWatch = createCloudWatch({ access, clock: systemClock });
  server = await startServer(access, [
    s3.service,
    cloudWatch.service,
    createSts(access, { identities, now: () => nowMs }),
  ]);
  const you = s3Of(access.issue(`arn:aws:iam::${ACCOUNT}:user/you`));
  for (const Bucket of ["data", "vault"])
    await you.send(new PutObjectCommand({ Bucket, Key: "sky/1", Body: "a star" }));
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

type Keys = Pick<ReturnType<Access["issue"]>, "accessKeyId" | "secretAccessKey" | "sessionToken">;

function configOf(credentials: Keys) {
  return { endpoint: server.endpoint, region: "eu-west-1", maxAttempts: 1, credentials };
}

function s3Of(keys: Keys): S3Client {
  return new S3Client({ ...configOf(keys), forcePathStyle: true });
}

function stsOf(name: string): STSClient {
  return new STSClient(configOf(access.issue({ arn: roleArn(name), sessionName: "s1" })));
}

async function assume(
  more: Partial<ConstructorParameters<typeof AssumeRoleCommand>[0]> = {},
  by = "hopper-1",
) {
  const answer = await stsOf(by).send(
    new AssumeRoleCommand({ RoleArn: roleArn("target-1"), RoleSessionName: "hop", ...more }),
  );
  return { answer, keys: keysOf(answer.Credentials) };
}

function keysOf(credentials: Credentials | undefined): Keys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

async function get(keys: Keys, Key: string, Bucket = "data"): Promise<string> {
  const { Body } = await s3Of(keys).send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString() ?? "";
}

async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  const error = await call.then(
    () => new Error("it was not refused"),
    (problem: unknown) => problem as Error & { $metadata?: { httpStatusCode?: number } },
  );
  const status = "$metadata" in error ? error.$metadata?.httpStatusCode : undefined;
  return { name: error.name, message: error.message, status };
}

test("S3 refuses by AccessDenied and 403, with the resource in quotes", async () => {
  const keys = access.issue({ arn: roleArn("stranger-1"), sessionName: "s1" });
  expect(await refusal(get(keys, "sky/1"))).toEqual({
    name: "AccessDenied",
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/stranger-1/s1 is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/sky/1" because no identity-based policy allows the s3:GetObject action`,
    status: 403,
  });
});

test("a missing key is one only for who may list the bucket", async () => {
  expect(await refusal(get(access.issue(roleArn("finder-1")), "none"))).toMatchObject({
    name: "NoSuchKey",
    status: 404,
  });
  const refused = await refusal(get(access.issue(roleArn("reader-1")), "none"));
  expect(refused).toMatchObject({ name: "AccessDenied", status: 403 });
  expect(refused.message).toContain('s3:ListBucket on resource: "arn:aws:s3:::data"');
});

test("an object under a KMS key is read only with the right to decrypt", async () => {
  const refused = await refusal(get(access.issue(roleArn("keyless-1")), "sky/1", "vault"));
  expect(refused.message).toMatch(
    /perform: kms:Decrypt on resource: arn:aws:kms:.* because no identity-based policy allows/,
  );
  const written = access.records().filter(({ action }) => action === "kms:GenerateDataKey");
  expect(written).toMatchObject([{ principal: `arn:aws:iam::${ACCOUNT}:user/you`, resource: KEY }]);
});

test("a JSON service refuses by AccessDeniedException and 400", async () => {
  const { keys } = await assume();
  const client = new CloudWatchClient(configOf(keys));
  const put = (Namespace: string) =>
    client.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "a", Value: 1 }] }));
  await put("Mine");
  expect(await refusal(put("Theirs"))).toMatchObject({ name: "AccessDeniedException", status: 400 });
});

test("AssumeRole gives a session that may do what its role may", async () => {
  const { answer, keys } = await assume();
  expect(answer.AssumedRoleUser).toEqual({
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/target-1/hop`,
    AssumedRoleId: "AROAEXAMPLE:hop",
  });
  expect(await get(keys, "sky/1")).toBe("a star");
  const identity = await new STSClient(configOf(keys)).send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Arn: answer.AssumedRoleUser?.Arn, Account: ACCOUNT });
});

test("a session policy restricts a session, and grants nothing", async () => {
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::data/sky/2" }],
  });
  const { keys } = await assume({ Policy });
  const refused = await refusal(get(keys, "sky/1"));
  expect(refused.message).toMatch(/because no session policy allows the s3:GetObject action$/);
});

test("session tags are tags of the principal, over the role's own", async () => {
  const { keys } = await assume({ Tags: [{ Key: "team", Value: "sea" }] });
  expect((await refusal(get(keys, "sky/1"))).message).toMatch(/no identity-based policy allows/);
});

test("a role that is not trusted, or may not, takes on no other", async () => {
  const name = (role: string): string =>
    `User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}/s1 is not authorized`;
  const untrusted = await refusal(assume({}, "reader-1"));
  expect(untrusted).toMatchObject({ name: "AccessDenied", status: 403 });
  expect(untrusted.message).toBe(
    `${name("reader-1")} to perform: sts:AssumeRole on resource: ${roleArn("target-1")} because no role trust policy allows the sts:AssumeRole action`,
  );
  // Trusted by its ARN: within an account that is enough, as for any resource's policy.
  await expect(assume({}, "stranger-1")).resolves.toBeDefined();
});

test("credentials end when they said they would", async () => {
  const { answer, keys } = await assume({ DurationSeconds: 900 });
  expect(answer.Credentials?.Expiration).toEqual(new Date(nowMs + 900_000));
  nowMs += 899_000;
  expect(await get(keys, "sky/1")).toBe("a star");
  nowMs += 1_000;
  expect(await refusal(get(keys, "sky/1"))).toMatchObject({ status: 403 });
});

test.each([
  ["a session name with a blank", { RoleSessionName: "my session" }, "ValidationError"],
  ["a duration of a minute", { DurationSeconds: 60 }, "ValidationError"],
  ["a policy that is none", { Policy: "{}" }, "MalformedPolicyDocument"],
  ["a policy that is too long", { Policy: `{"Version":"${"2".repeat(2048)}"}` }, "PackedPolicyTooLarge"],
  [
    "a managed policy that is not declared",
    { PolicyArns: [{ arn: "arn:aws:iam::1:policy/none" }] },
    "ValidationError",
  ],
])("AssumeRole refuses %s", async (_sentence, more, name) => {
  expect((await refusal(assume(more))).name).toContain(name);
});

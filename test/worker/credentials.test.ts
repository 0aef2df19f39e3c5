import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createAccess, type Access } from "../../local/cloud/access";
import { systemClock } from "../../local/cloud/clock";
import { createS3 } from "../../local/cloud/s3/s3";
import { startServer, type CloudServer } from "../../local/cloud/server";
import { createSts } from "../../local/cloud/sts";
import { identitiesOf } from "../../local/iam/identities";
import { openCredentialServer, type CredentialServer } from "../../worker/credential-server";
import { openRoleSession, type SessionCredentials } from "../../worker/function-role";
import { bucket, graphOf, role, roleArn } from "../local/iam/graphs";
import { createFakeClock } from "./fake-clock";
import { stageWorkers } from "./stage";

const ACCOUNT = "123456789012";
const WORKER_ROLE = roleArn("worker-1");
const FUNCTION_ROLE = roleArn("function-1");
const OBJECTS = "arn:aws:s3:::data/*";
const graph = graphOf(
  ...role("worker", [
    { Effect: "Allow", Action: "sts:AssumeRole", Resource: FUNCTION_ROLE },
    { Effect: "Allow", Action: "s3:*", Resource: "*" },
  ]),
  ...role("function", [{ Effect: "Allow", Action: "s3:GetObject", Resource: OBJECTS }], {
    trusted: { AWS: WORKER_ROLE },
  }),
  bucket("data"),
  bucket("vault"),
);

let access: Access;
let cloud: CloudServer;
const stage = stageWorkers(() => cloud.endpoint);
beforeAll(async () => {
  const identities = identitiesOf(graph, ACCOUNT);
  access = createAccess({ identities, mode: "strict", region: "eu-central-1" });
  const s3 = createS3({ access, clock: systemClock, directory: stage.directory });
  for (const name of ["data", "vault"]) s3.createBucket(name);
  cloud = await startServer(access, [s3.service, createSts(access, { identities })]);
  const client = new S3Client({
    endpoint: cloud.endpoint,
    region: "eu-central-1",
    forcePathStyle: true,
    credentials: access.issue(WORKER_ROLE),
  });
  for (const [Bucket, Key] of [
    ["data", "a"],
    ["data", "b"],
    ["vault", "gold"],
  ])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: `${String(Bucket)}/${String(Key)}` }));
  client.destroy();
});
afterAll(async () => {
  await cloud.close();
});

/** A worker with its role's credentials, as ECS would give them. */
function start(settings: Parameters<typeof stage.start>[0]): void {
  const keys = access.issue(WORKER_ROLE);
  stage.start(
    { command: ["rights.handler"], ...settings },
    {
      AWS_ENDPOINT_URL_SFN: stage.states.endpoint,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
    },
  );
}

interface Found {
  readonly arn: string;
  readonly objects: readonly string[];
  readonly secrets: readonly string[];
}

async function task(input: object): Promise<Found> {
  const report = await stage.states.report(stage.states.give(input));
  expect(report).toMatchObject({ kind: "success" });
  return JSON.parse(report.output ?? "") as Found;
}

const READ = { read: ["arn:aws:s3:::data/a", "arn:aws:s3:::data/b", "arn:aws:s3:::vault/gold"] };

test("without a role of its own the function has the worker's rights, as the documents say", async () => {
  start({});
  const found = await task(READ);
  expect(found.arn).toContain(":assumed-role/worker-1/");
  expect(found.objects).toEqual(["data/a", "data/b", "vault/gold"]);
});

test("with one, the function is that role: the worker's rights are out of its reach", async () => {
  start({ functionRoleArn: FUNCTION_ROLE });
  const found = await task(READ);
  expect(found.arn).toContain(":assumed-role/function-1/loveless-detect");
  expect(found.objects).toEqual(["data/a", "data/b", "AccessDenied"]);
  expect(found.secrets).toEqual([]);
});

test("narrowed to its input, each task may touch what its input names, and no more than its role", async () => {
  const sessionGrants = JSON.stringify([{ Action: "s3:GetObject", Resource: OBJECTS }]);
  start({ functionRoleArn: FUNCTION_ROLE, sessionGrants, isolation: "task" });
  const tried = { read: ["arn:aws:s3:::data/a", "arn:aws:s3:::vault/gold"] };
  expect((await task(tried)).objects).toEqual(["data/a", "AccessDenied"]);
  // The next task of the same worker can't read what the first one could.
  const report = await stage.states.report(stage.states.give({ read: ["arn:aws:s3:::data/b"] }));
  expect((JSON.parse(report.output ?? "") as Found).objects).toEqual(["data/b"]);
  const sessions = access.calls().map(({ principal }) => principal.sessionName);
  expect(new Set(sessions).size).toBeGreaterThan(2);
});

test("a role that can't be assumed fails the task with a name that is tried again", async () => {
  start({ functionRoleArn: roleArn("absent-1") });
  const report = await stage.states.report(stage.states.give({}));
  expect(report).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
  expect(report.cause).toContain("sts:AssumeRole");
  expect(await stage.worker.line("FunctionRoleRefused")).toMatchObject({ error: "AccessDenied" });
});

test("a function can't answer another slot's task by its id, nor get credentials without the token", async () => {
  start({ functionRoleArn: FUNCTION_ROLE, slots: 2, command: ["rights.intrude"] });
  const victim = stage.states.give({ id: "unknown", worker: stage.worker.pid });
  await stage.states.report(victim);
  const { taskId } = await stage.worker.line("TaskStarted");
  const report = await stage.states.report(stage.states.give({ id: taskId, worker: stage.worker.pid }));
  const statuses = JSON.parse(report.output ?? "") as number[];
  // Another slot's runtime API and the credentials' server, each asked for both.
  expect(statuses.length).toBeGreaterThanOrEqual(2);
  expect(statuses.filter((status) => ![401, 403, 404].includes(status))).toEqual([]);
  expect(stage.states.reports.filter(({ output }) => output === '"forged"')).toEqual([]);
});

describe("the session of a role", () => {
  const session = (expiresMs: number): SessionCredentials => ({
    accessKeyId: `key-${String(expiresMs)}`,
    secretAccessKey: "secret",
    sessionToken: "token",
    expiresMs,
  });

  test("is assumed once, renewed half an hour before it expires, and used to its end when that fails", async () => {
    const clock = createFakeClock(0);
    let assumed = 0;
    let refused = false;
    const events: string[] = [];
    const role = openRoleSession(
      () => {
        assumed += 1;
        return refused ? Promise.reject(new Error("no")) : Promise.resolve(session(clock.now() + 3_600_000));
      },
      { sessionName: "s", clock, log: (event) => events.push(event) },
    );
    await Promise.all([role.credentials(), role.credentials()]);
    await clock.advance(1_700_000);
    await role.credentials();
    expect(assumed).toBe(1);
    await clock.advance(200_000);
    expect((await role.credentials()).expiresMs).toBe(5_500_000);
    expect(assumed).toBe(2);
    refused = true;
    await clock.advance(3_500_000);
    expect((await role.credentials()).expiresMs).toBe(5_500_000);
    await clock.advance(200_000);
    await expect(role.credentials()).rejects.toThrow("no");
    expect(events).toEqual(["FunctionRoleRefused", "FunctionRoleRefused"]);
  });

  test("is given to the process with its token, until that process is gone", async () => {
    const server: CredentialServer = await openCredentialServer(() => undefined);
    const { environment, release } = server.admit({ credentials: () => Promise.resolve(session(0)) });
    const uri = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
    const ask = (token: string): Promise<Response> => fetch(uri, { headers: { Authorization: token } });
    const token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "";
    expect(await (await ask(token)).json()).toEqual({
      AccessKeyId: "key-0",
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: "1970-01-01T00:00:00.000Z",
    });
    expect((await ask("another")).status).toBe(401);
    release();
    expect((await ask(token)).status).toBe(401);
    server.close();
  });
});

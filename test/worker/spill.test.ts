import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createAccess, type Access } from "../../local/cloud/access";
import { systemClock } from "../../local/cloud/clock";
import { bundleWorker } from "../../local/cloud/ecs/bundle";
import { createS3 } from "../../local/cloud/s3/s3";
import { startServer, type CloudServer } from "../../local/cloud/server";
import { identitiesOf } from "../../local/iam/identities";
import { taskIdOf } from "../../worker/slot";
import { envelope, spillPlace } from "../../worker/spill";
import { bucket, graphOf, role, roleArn } from "../local/iam/graphs";
import { startStepFunctions, type FakeStepFunctions, type Report } from "./step-functions";
import { startWorker, type WorkerProcess } from "./worker-process";

const REGION = "eu-central-1";
const WORKER_ROLE = roleArn("worker-1");
const SPILL_TO = "s3://data/spilled";
/** As docs/worker.md has them. */
const RIGHTS = [
  { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::data/spilled/*" },
];
const OWNER = roleArn("owner-1");
const graph = graphOf(
  ...role("worker", RIGHTS),
  ...role("owner", [{ Effect: "Allow", Action: "s3:*", Resource: "*" }]),
  bucket("data"),
);

let directory: string;
let file: string;
let access: Access;
let cloud: CloudServer;
let s3: S3Client;
let states: FakeStepFunctions;
let worker: WorkerProcess;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "loveless-spill-"));
  file = await bundleWorker(directory);
  access = createAccess({ identities: identitiesOf(graph, "123456789012"), mode: "strict", region: REGION });
  const store = createS3({ access, clock: systemClock, directory });
  store.createBucket("data");
  cloud = await startServer(access, [store.service]);
  s3 = new S3Client({ endpoint: cloud.endpoint, region: REGION, credentials: access.issue(OWNER) });
  states = await startStepFunctions();
  start({ spillTo: SPILL_TO });
});
afterAll(async () => {
  await stop();
  s3.destroy();
  await cloud.close();
  await states.close();
  rmSync(directory, { recursive: true });
});

function start(settings: Parameters<typeof startWorker>[2]): void {
  const keys = access.issue(WORKER_ROLE);
  worker = startWorker(file, cloud.endpoint, settings, {
    AWS_ENDPOINT_URL_SFN: states.endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
  });
}

async function stop(): Promise<void> {
  worker.signal("SIGTERM");
  await Promise.race([worker.exited, worker.line("WorkerStateChanged", ({ to }) => to === "draining")]);
  const answering = setInterval(states.answerPolls, 20);
  await worker.exited;
  clearInterval(answering);
}

function task(input: unknown): Promise<Report> {
  return states.report(states.give(input));
}

async function put(key: string, value: unknown): Promise<object> {
  await s3.send(new PutObjectCommand({ Bucket: "data", Key: key, Body: JSON.stringify(value) }));
  return JSON.parse(envelope({ bucket: "data", key })) as object;
}

async function get(key: string): Promise<unknown> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "data", Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? "") as unknown;
}

test("an output of one byte too many goes to S3 under the task's id, and its envelope to Step Functions", async () => {
  const token = states.give({ does: "big", value: 262_143 });
  const report = await states.report(token);
  const key = `spilled/${taskIdOf(token)}.json`;
  expect(report).toEqual({
    token,
    kind: "success",
    output: `{"$loveless":{"s3":{"bucket":"data","key":"${key}"}}}`,
  });
  expect(await get(key)).toHaveLength(262_143);
});

test("an output that just fits stays where it is", async () => {
  const { output = "" } = await task({ does: "big", value: 262_142 });
  expect(Buffer.byteLength(output)).toBe(262_144);
});

test("an output past Lambda's own limit is as too large as there", async () => {
  expect(await task({ does: "big", value: 7_000_000 })).toMatchObject({
    error: "Function.ResponseSizeTooLarge",
  });
});

test("an envelope as the input is to the function what it stands for", async () => {
  const sent = await put("spilled/in.json", { does: "echo", value: "x".repeat(300_000) });
  const report = await task(sent);
  const { $loveless } = JSON.parse(report.output ?? "") as { $loveless: { s3: { key: string } } };
  expect(await get($loveless.s3.key)).toMatchObject({ did: "echo", value: "x".repeat(300_000) });
});

test("envelopes within an input, as a Map leaves them, are each replaced", async () => {
  const one = await put("spilled/one.json", [1]);
  const two = await put("spilled/two.json", "two");
  const lookalike = { $loveless: { s3: "no place" }, also: one, number: 3 };
  const report = await task({ does: "echo", value: [one, { deep: [two] }, lookalike, null] });
  expect(JSON.parse(report.output ?? "")).toMatchObject({
    did: "echo",
    value: [[1], { deep: ["two"] }, { $loveless: { s3: "no place" }, also: [1], number: 3 }, null],
  });
});

test.each([
  ["another bucket", { bucket: "vault", key: "spilled/gold.json" }, "s3://vault/spilled/gold.json"],
  ["another prefix of the bucket", { bucket: "data", key: "secret.json" }, "s3://data/secret.json"],
  [
    "a prefix that only begins alike",
    { bucket: "data", key: "spilled-too/a.json" },
    "s3://data/spilled-too/a.json",
  ],
])(
  "an envelope that names %s is refused: it would lend whoever wrote it the worker's rights",
  async (_what, at, named) => {
    const report = await task(JSON.parse(envelope(at)));
    expect(report).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
    expect(report.cause).toContain(`names ${named}, which is not below s3://data/spilled/`);
  },
);

test("an envelope whose object is gone fails its task with S3's word for it, and the next task goes well", async () => {
  const report = await task(JSON.parse(envelope({ bucket: "data", key: "spilled/absent.json" })));
  expect(report).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
  // Without s3:ListBucket S3 does not tell what is missing from what is forbidden.
  expect(report.cause).toMatch(/AccessDenied|NoSuchKey/);
  expect(await task({ does: "nothing" })).toMatchObject({ kind: "success" });
});

test("objects that together are larger than Lambda's limit for an input are refused unread", async () => {
  const half = await put("spilled/half.json", "x".repeat(4_000_000));
  const report = await task({ does: "nothing", value: [half, half] });
  expect(report).toMatchObject({ kind: "failure", error: "Lambda.ServiceException" });
  expect(report.cause).toContain("larger than 6291556 bytes");
});

test("without a place to spill to, an envelope is data like any other and a large output a failure", async () => {
  await stop();
  start({});
  const sent = JSON.parse(envelope({ bucket: "data", key: "spilled/in.json" })) as object;
  const report = await task({ does: "echo", value: sent });
  expect(JSON.parse(report.output ?? "")).toMatchObject({ did: "echo", value: sent });
  expect(await task({ does: "big", value: 262_143 })).toMatchObject({
    error: "Function.ResponseSizeTooLarge",
  });
});

test("a place is a bucket, with or without a prefix", () => {
  expect(spillPlace("s3://data")).toEqual({ bucket: "data", prefix: "" });
  expect(spillPlace("s3://data/")).toEqual({ bucket: "data", prefix: "" });
  expect(spillPlace("s3://data/a/b")).toEqual({ bucket: "data", prefix: "a/b/" });
});

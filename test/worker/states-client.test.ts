/** The calls to Step Functions as they are on the wire: what the SDK is spared must not be missed. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { GetActivityTaskCommand, SFNClient } from "@aws-sdk/client-sfn";
import { connectActivity, type Activity } from "../../worker/activity";

const activityArn = "arn:aws:states:eu-central-1:123456789012:activity:detect";
const KEYS = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
const ends: (() => void)[] = [];
const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
  for (const end of ends.splice(0)) end();
});

test("a call says who makes it as the SDK's own calls do, but for the features that it used", async () => {
  const { heard, activity } = await connect(KEYS, () => [200, "{}"]);
  expect(await activity.poll()).toBeNull();
  await activity.succeed("token", "{}");
  await activity.beat("token");
  const bare = new SFNClient({ region: "eu-central-1" });
  await bare.send(new GetActivityTaskCommand({ activityArn }));
  bare.destroy();
  const agents = heard.map(({ headers }) => headers["user-agent"]);
  const own = agents.pop()?.replace(/ m\/\S*/, "");
  expect(own).toMatch(/^aws-sdk-js\/3\S* .*api\/sfn#3/);
  expect(agents).toEqual([own, own, own]);
  expect(heard.every(({ headers }) => headers.authorization?.startsWith("AWS4-HMAC-SHA256"))).toBe(true);
});

test("calls are signed with credentials that are renewed", async () => {
  let given = 0;
  const credentials = await serve((_request, response) => {
    given += 1;
    // So close to its end that the SDK asks for new ones at the next call.
    const Expiration = new Date(Date.now() + 60_000).toISOString();
    response.end(
      JSON.stringify({ AccessKeyId: `key-${String(given)}`, SecretAccessKey: "s", Token: "t", Expiration }),
    );
  });
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials };
  const { heard, activity } = await connect(variables, () => [200, "{}"]);
  // The SDK renews behind a call that the old ones still serve.
  for (let call = 0; call < 5; call += 1) await activity.succeed("token", "{}");
  const keys = heard.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1]);
  expect(new Set(keys).size).toBeGreaterThan(1);
});

test.each([
  [500, "InternalServerError"],
  [429, "TooManyRequestsException"],
  [400, "ThrottlingException"],
])("an answer of %i %s is passed on by its name, and asked for once", async (status, name) => {
  const { heard, activity } = await connect(KEYS, () => [status, JSON.stringify({ __type: name })]);
  await expect(activity.succeed("token", "{}")).rejects.toMatchObject({ name });
  expect(heard).toHaveLength(1);
});

test.each(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])(
  "%s says that the task is gone",
  async (name) => {
    const { activity } = await connect(KEYS, () => [400, JSON.stringify({ __type: name })]);
    expect(await activity.beat("token")).toEqual({ kind: "gone", why: name });
  },
);

/** The address of a server that ends with the test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** The activity over a Step Functions that gives the same answer to all. */
async function connect(
  variables: Readonly<Record<string, string>>,
  answer: () => readonly [status: number, body: string],
): Promise<{ readonly heard: IncomingMessage[]; readonly activity: Activity }> {
  const heard: IncomingMessage[] = [];
  const endpoint = await serve((request, response) => {
    heard.push(request);
    const [status, body] = answer();
    request.resume().on("end", () => response.writeHead(status).end(body));
  });
  Object.assign(process.env, variables, { AWS_ENDPOINT_URL: endpoint });
  const region = "eu-central-1";
  const activity = connectActivity({
    activityArn,
    region,
    slots: 1,
    heartbeatSeconds: 30,
    workerName: "test",
  });
  return { heard, activity };
}

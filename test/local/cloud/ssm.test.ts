import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { systemClock } from "../../../local/cloud/clock";
import { createSsm, type Ssm } from "../../../local/cloud/ssm";
import { ACCOUNT, openLoopback, ROLE, type Loopback } from "./loopback";

let loopback: Loopback;
let ssm: Ssm;
let client: SSMClient;

beforeAll(async () => {
  loopback = await openLoopback((access) => [
    (ssm = createSsm({ access, clock: systemClock, region: "eu-west-1", accountId: ACCOUNT })).service,
  ]);
  client = new SSMClient(loopback.client);
  for (const name of ["/loveless/settings", "/loveless/a/deep", "plain"])
    ssm.putParameter({ name, type: "String", value: `of ${name}` });
});

afterAll(async () => {
  client.destroy();
  await loopback.close();
});

const arnOf = (name: string): string => `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/${name}`;

test("a parameter is read by its name, and by its ARN", async () => {
  const byName = await client.send(new GetParameterCommand({ Name: "/loveless/settings" }));
  expect(byName.Parameter).toMatchObject({
    ARN: arnOf("loveless/settings"),
    Value: "of /loveless/settings",
    Type: "String",
    Version: 1,
    LastModifiedDate: expect.any(Date) as Date,
  });
  const byArn = await client.send(new GetParameterCommand({ Name: arnOf("plain") }));
  expect(byArn.Parameter?.Value).toBe("of plain");
});

test("several are read at once, and those that are not there are named", async () => {
  const answer = await client.send(new GetParametersCommand({ Names: ["plain", "lost"] }));
  expect(answer.Parameters?.map(({ Name }) => Name)).toEqual(["plain"]);
  expect(answer.InvalidParameters).toEqual(["lost"]);
});

test("those below a path are read in pages, the deeper ones when asked", async () => {
  const flat = await client.send(new GetParametersByPathCommand({ Path: "/loveless" }));
  expect(flat.Parameters?.map(({ Name }) => Name)).toEqual(["/loveless/settings"]);
  const input = { Path: "/loveless/", Recursive: true, MaxResults: 1 };
  const first = await client.send(new GetParametersByPathCommand(input));
  const second = await client.send(new GetParametersByPathCommand({ ...input, NextToken: first.NextToken }));
  expect([...(first.Parameters ?? []), ...(second.Parameters ?? [])].map(({ Name }) => Name)).toEqual([
    "/loveless/settings",
    "/loveless/a/deep",
  ]);
  expect(second.NextToken).toBeUndefined();
});

test("a parameter is put once, and again only when it may be overwritten", async () => {
  const input = { Name: "/put", Value: "1", Type: "String" } as const;
  expect(await client.send(new PutParameterCommand(input))).toMatchObject({ Version: 1, Tier: "Standard" });
  await expect(client.send(new PutParameterCommand(input))).rejects.toMatchObject({
    name: "ParameterAlreadyExists",
  });
  const again = new PutParameterCommand({ Name: "/put", Value: "2", Overwrite: true });
  expect(await client.send(again)).toMatchObject({ Version: 2 });
  expect(ssm.valueOf("/put")).toBe("2");
});

test.each([
  [{ Name: "/big", Value: "x".repeat(4097), Type: "String" as const }, /maximum parameter value of 4096/],
  [{ Name: "/untyped", Value: "x" }, /type is required/],
])("a parameter that Parameter Store would not take is refused", async (input, message) => {
  await expect(client.send(new PutParameterCommand(input))).rejects.toThrow(message);
});

test("a parameter that is not there is an error, and each call is recorded on the parameter's ARN", async () => {
  await expect(client.send(new GetParameterCommand({ Name: "lost" }))).rejects.toMatchObject({
    name: "ParameterNotFound",
  });
  expect(loopback.access.records()).toContainEqual(
    expect.objectContaining({ principal: ROLE, action: "ssm:GetParameter", resource: arnOf("lost") }),
  );
});

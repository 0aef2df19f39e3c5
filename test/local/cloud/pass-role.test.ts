/** Under a program too, whoever makes a state machine by call hands it a role: AWS asks whether they may. */
import { join } from "node:path";
import { CreateStateMachineCommand, SFNClient, UpdateStateMachineCommand } from "@aws-sdk/client-sfn";
import { realise, type LocalCloud } from "../../../local/cloud/realise";
import type { GraphResource } from "../../../local/graph";
import { graphOf, resource } from "./graphs";
import { ACCOUNT, temporaryDirectory } from "./loopback";

const region = "eu-west-1";
const directory = temporaryDirectory();
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const definition = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

/** Trusted by one service; with these statements. */
function roleResources(
  name: string,
  service: string,
  ...Statement: readonly object[]
): readonly GraphResource[] {
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } };
  const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const policy = JSON.stringify({ Version: "2012-10-17", Statement });
  return [
    resource("aws:iam/role:Role", name, { name, assumeRolePolicy }, { arn: role(name) }),
    resource("aws:iam/rolePolicy:RolePolicy", name, { role: name, policy }),
  ];
}

const MAKE = {
  Effect: "Allow",
  Action: ["states:CreateStateMachine", "states:UpdateStateMachine"],
  Resource: "*",
};
const PASS = { Effect: "Allow", Action: "iam:PassRole", Resource: [role("workflow"), role("function")] };

let cloud: LocalCloud;
const clients: SFNClient[] = [];
beforeAll(async () => {
  const resources = [
    ...roleResources("maker", "lambda.amazonaws.com", MAKE),
    ...roleResources("deployer", "lambda.amazonaws.com", MAKE, PASS),
    ...roleResources("workflow", "states.amazonaws.com", MAKE),
    ...roleResources("function", "lambda.amazonaws.com", MAKE),
  ];
  cloud = await realise(graphOf(...resources), {
    programDirectory: directory,
    runDirectory: join(directory, "run"),
    region,
    minuteSeconds: 5,
    iam: "strict",
    warn: () => undefined,
  });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.close();
});

function clientOf(credentials = cloud.credentials): SFNClient {
  const client = new SFNClient({ endpoint: cloud.endpoint, region, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}
const as = (name: string): SFNClient => clientOf(cloud.access.issue(role(name)));
const create = (client: SFNClient, name: string, passed = "workflow"): Promise<object> =>
  client.send(new CreateStateMachineCommand({ name, definition, roleArn: role(passed) }));

test("who may make state machines and pass no role on is refused by the name of that right", async () => {
  const refusal = {
    name: "AccessDeniedException",
    message: expect.stringContaining(
      `is not authorized to perform: iam:PassRole on resource: ${role("workflow")}`,
    ) as string,
  };
  const maker = as("maker");
  await expect(create(maker, "made")).rejects.toMatchObject(refusal);
  await create(as("deployer"), "theirs");
  const change = new UpdateStateMachineCommand({
    stateMachineArn: `arn:aws:states:${region}:${ACCOUNT}:stateMachine:theirs`,
    roleArn: role("workflow"),
  });
  await expect(maker.send(change)).rejects.toMatchObject(refusal);
});

test("a role that does not trust Step Functions is not taken, whoever passes it", async () => {
  await expect(create(as("deployer"), "wrong", "function")).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining("is authorized to assume the provided role") as string,
  });
});

test("the person at the laptop may, as the administrator of the account", async () => {
  await create(clientOf(), "mine");
});

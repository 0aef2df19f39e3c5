import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteStateMachineAliasCommand,
  DeleteStateMachineCommand,
  DeleteStateMachineVersionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  ListStateMachineAliasesCommand,
  ListStateMachineVersionsCommand,
  PublishStateMachineVersionCommand,
  TagResourceCommand,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from "@aws-sdk/client-sfn";
import { ROLE, startApiCloud, type ApiCloud } from "./cloud";

let cloud: ApiCloud;
let machine: string;
beforeEach(async () => {
  cloud = await startApiCloud();
  machine = await cloud.create("catalogue", passing(0));
});
afterEach(async () => {
  await cloud.close();
});

function passing(result: unknown): object {
  return { StartAt: "S", States: { S: { Type: "Pass", Result: result, End: true } } };
}

async function publish(result: number): Promise<string> {
  const definition = JSON.stringify(passing(result));
  const command = new UpdateStateMachineCommand({ stateMachineArn: machine, definition, publish: true });
  return (await cloud.client.send(command)).stateMachineVersionArn ?? "";
}

async function alias(routes: readonly (readonly [string, number])[]): Promise<string> {
  const routingConfiguration = routes.map(([stateMachineVersionArn, weight]) => ({
    stateMachineVersionArn,
    weight,
  }));
  const command = new CreateStateMachineAliasCommand({ name: "live", routingConfiguration });
  return (await cloud.client.send(command)).stateMachineAliasArn ?? "";
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html */
test("an alias is moved from one version to another, described, listed and deleted", async () => {
  const [one, two] = [await publish(1), await publish(2)];
  const stateMachineAliasArn = await alias([[one, 100]]);
  const routingConfiguration = [{ stateMachineVersionArn: two, weight: 100 }];
  await cloud.client.send(
    new UpdateStateMachineAliasCommand({ stateMachineAliasArn, routingConfiguration, description: "moved" }),
  );
  expect(
    await cloud.client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn })),
  ).toMatchObject({
    name: "live",
    description: "moved",
    routingConfiguration,
  });
  expect((await cloud.ended(await cloud.start(stateMachineAliasArn))).output).toBe("2");
  await cloud.client.send(new DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
  const { stateMachineAliases } = await cloud.client.send(
    new ListStateMachineAliasesCommand({ stateMachineArn: machine }),
  );
  expect(stateMachineAliases).toEqual([]);
  const update = new UpdateStateMachineAliasCommand({ stateMachineAliasArn, description: "x" });
  await expect(cloud.client.send(update)).rejects.toMatchObject({
    name: "ResourceNotFound",
    message: "Request references a resource that does not exist.",
  });
});

test("a version that an alias leads to is not deleted; others are, and their numbers stay used", async () => {
  const [one, two] = [await publish(1), await publish(2)];
  await alias([[one, 100]]);
  await expect(
    cloud.client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: one })),
  ).rejects.toMatchObject({
    name: "ConflictException",
    message:
      "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]",
  });
  for (let times = 0; times < 2; times += 1)
    await cloud.client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: two }));
  const { stateMachineVersions } = await cloud.client.send(
    new ListStateMachineVersionsCommand({ stateMachineArn: machine }),
  );
  expect(stateMachineVersions?.map((version) => version.stateMachineVersionArn)).toEqual([one]);
  const next = await cloud.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: machine }));
  expect(next.stateMachineVersionArn).toBe(`${machine}:3`);
});

test.each([
  ["three routes", ["1", "2", "3"], [50, 30, 20], /Member must have length less than or equal to 2$/],
  [
    "a weight above 100",
    ["1"],
    [101],
    /'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100$/,
  ],
  [
    "weights that do not sum up",
    ["1", "2"],
    [70, 29],
    /^Sum of routing configuration weights must equal 100. Received: \[70, 29\]$/,
  ],
  [
    "one version twice",
    ["1", "1"],
    [50, 50],
    /^Routing configuration must contain distinct state machine version ARNs/,
  ],
])("an alias with %s is refused in AWS's words", async (_, numbers, weights, message) => {
  for (const result of [1, 2, 3]) await publish(result);
  const routes = numbers.map((number, index) => [`${machine}:${number}`, weights[index] ?? 0] as const);
  await expect(alias(routes)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(message) as string,
  });
});

test("a version description without publish is refused", async () => {
  const definition = JSON.stringify(passing(1));
  const command = new CreateStateMachineCommand({
    name: "x",
    definition,
    roleArn: ROLE,
    versionDescription: "first",
  });
  await expect(cloud.client.send(command)).rejects.toMatchObject({
    name: "ValidationException",
    message: "Version description can only be set when publish is true",
  });
});

test("logging and tracing are part of a revision; a change of nothing makes none", async () => {
  const loggingConfiguration = {
    level: "ALL" as const,
    includeExecutionData: true,
    destinations: [
      { cloudWatchLogsLogGroup: { logGroupArn: "arn:aws:logs:eu-west-1:123456789012:log-group:states:*" } },
    ],
  };
  const update = (): Promise<{ revisionId?: string | undefined }> =>
    cloud.client.send(
      new UpdateStateMachineCommand({
        stateMachineArn: machine,
        loggingConfiguration,
        tracingConfiguration: { enabled: true },
      }),
    );
  const { revisionId } = await update();
  expect(revisionId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await update()).revisionId).toBe(revisionId);
  const described = await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn: machine }));
  expect(described).toMatchObject({
    loggingConfiguration,
    tracingConfiguration: { enabled: true },
    revisionId,
  });
});

test("a level of logging without a destination is refused", async () => {
  const command = new UpdateStateMachineCommand({
    stateMachineArn: machine,
    loggingConfiguration: { level: "ALL", destinations: [] },
  });
  await expect(cloud.client.send(command)).rejects.toMatchObject({
    name: "InvalidLoggingConfiguration",
    message: "Invalid Logging Configuration: Must specify exactly one Log Destination.",
  });
});

test("a description names the variables that each state reads", async () => {
  const definition = {
    StartAt: "A",
    States: {
      A: { Type: "Pass", Assign: { tile: 1 }, Next: "B" },
      B: { Type: "Pass", Parameters: { "own.$": "$tile", other: "$tile" }, End: true },
    },
  };
  const stateMachineArn = await cloud.create("variables", definition);
  const { variableReferences } = await cloud.client.send(
    new DescribeStateMachineCommand({ stateMachineArn }),
  );
  expect(variableReferences).toEqual({ B: ["tile"] });
});

test("deleting a state machine ends its executions", async () => {
  const wait = { StartAt: "W", States: { W: { Type: "Wait", Seconds: 60, End: true } } };
  const stateMachineArn = await cloud.create("waiting", wait);
  const executionArn = await cloud.start(stateMachineArn);
  await cloud.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  expect((await cloud.describe(executionArn)).status).toBe("ABORTED");
});

test("a resource has 50 tags at most", async () => {
  const tags = Array.from({ length: 51 }, (_, index) => ({ key: String(index), value: "" }));
  const command = new TagResourceCommand({ resourceArn: machine, tags });
  await expect(cloud.client.send(command)).rejects.toMatchObject({ name: "TooManyTags" });
});

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html */
test.each([
  ["a definition that can run", JSON.stringify(passing(1)), []],
  [
    "a definition without fields",
    "{}",
    [
      {
        severity: "ERROR",
        code: "SCHEMA_VALIDATION_FAILED",
        message: "These fields are required: [States, StartAt]",
        location: "/",
      },
    ],
  ],
  [
    "what is not JSON",
    "not a definition",
    [
      {
        severity: "ERROR",
        code: "INVALID_JSON_DESCRIPTION",
        message:
          "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"not a definition\"; line: 1, column: 4]",
        location: '[Source: (String)"not a definition"; line: 1, column: 4]',
      },
    ],
  ],
  [
    "nothing",
    " ",
    [
      {
        severity: "ERROR",
        code: "SCHEMA_VALIDATION_FAILED",
        message: "Definition must be a valid JSON object",
      },
    ],
  ],
])("ValidateStateMachineDefinition diagnoses %s", async (_, definition, diagnostics) => {
  expect(await cloud.client.send(new ValidateStateMachineDefinitionCommand({ definition }))).toMatchObject({
    result: diagnostics.length === 0 ? "OK" : "FAIL",
    diagnostics,
    truncated: false,
  });
});

test("ValidateStateMachineDefinition gives as many diagnostics as are asked for, and says when there are more", async () => {
  const States = { A: { Type: "Nope" }, B: { Type: "Nope" } };
  const definition = JSON.stringify({ StartAt: "A", States });
  const answer = await cloud.client.send(
    new ValidateStateMachineDefinitionCommand({ definition, maxResults: 1 }),
  );
  expect(answer.diagnostics).toHaveLength(1);
  expect(answer.truncated).toBe(true);
});

/** Versions and aliases of a state machine, and which definition an execution runs. */
import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListStateMachineAliasesCommand,
  ListStateMachineVersionsCommand,
  PublishStateMachineVersionCommand,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { declare, MACHINE, ROLE } from "./cloud";
import { stageStates } from "./stage";

const stage = stageStates();

function passing(result: unknown): string {
  return JSON.stringify({ StartAt: "S", States: { S: { Type: "Pass", Result: result, End: true } } });
}

const WAITING = { StartAt: "S", States: { S: { Type: "Wait", Seconds: 60, End: true } } };

function create(definition: string) {
  return stage.cloud.client.send(
    new CreateStateMachineCommand({ name: "catalogue", definition, roleArn: ROLE }),
  );
}

async function outputThrough(stateMachineArn: string): Promise<string | undefined> {
  const { executionArn } = await stage.cloud.client.send(new StartExecutionCommand({ stateMachineArn }));
  return (await stage.cloud.client.send(new DescribeExecutionCommand({ executionArn }))).output;
}

test("versions keep what was published, and aliases lead to versions", async () => {
  await create(passing("first"));
  const first = await stage.cloud.client.send(
    new PublishStateMachineVersionCommand({ stateMachineArn: MACHINE }),
  );
  expect(first.stateMachineVersionArn).toBe(`${MACHINE}:1`);
  expect(
    (await stage.cloud.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: MACHINE })))
      .stateMachineVersionArn,
  ).toBe(`${MACHINE}:1`);
  const update = new UpdateStateMachineCommand({
    stateMachineArn: MACHINE,
    definition: passing("second"),
    publish: true,
  });
  expect((await stage.cloud.client.send(update)).stateMachineVersionArn).toBe(`${MACHINE}:2`);
  const routingConfiguration = [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }];
  await stage.cloud.client.send(new CreateStateMachineAliasCommand({ name: "live", routingConfiguration }));
  expect(await outputThrough(MACHINE)).toBe('"second"');
  expect(await outputThrough(`${MACHINE}:1`)).toBe('"first"');
  expect(await outputThrough(`${MACHINE}:live`)).toBe('"first"');
  const { stateMachineVersions } = await stage.cloud.client.send(
    new ListStateMachineVersionsCommand({ stateMachineArn: MACHINE }),
  );
  expect(stateMachineVersions?.map((version) => version.stateMachineVersionArn)).toEqual([
    `${MACHINE}:2`,
    `${MACHINE}:1`,
  ]);
  expect(
    (await stage.cloud.client.send(new ListStateMachineAliasesCommand({ stateMachineArn: MACHINE })))
      .stateMachineAliases,
  ).toHaveLength(1);
  expect(
    await stage.cloud.client.send(
      new DescribeStateMachineAliasCommand({ stateMachineAliasArn: `${MACHINE}:live` }),
    ),
  ).toMatchObject({ name: "live", routingConfiguration });
});

test("what the resource graph declares can be started through its alias, which the history names", async () => {
  declare(stage.cloud, JSON.parse(passing("declared")) as object);
  stage.cloud.states.createVersion({ arn: `${MACHINE}:1` });
  stage.cloud.states.createAlias({
    arn: `${MACHINE}:live`,
    routes: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }],
  });
  const { executionArn } = await stage.cloud.client.send(
    new StartExecutionCommand({ stateMachineArn: `${MACHINE}:live`, name: "run-1" }),
  );
  expect(executionArn).toBe("arn:aws:states:eu-west-1:123456789012:execution:catalogue:run-1");
  expect(await stage.cloud.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "SUCCEEDED",
    stateMachineArn: MACHINE,
    stateMachineVersionArn: `${MACHINE}:1`,
    stateMachineAliasArn: `${MACHINE}:live`,
  });
  const { events } = await stage.cloud.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events?.[0]?.executionStartedEventDetails).toMatchObject({
    stateMachineAliasArn: `${MACHINE}:live`,
    stateMachineVersionArn: `${MACHINE}:1`,
  });
});

test("an alias of two versions shares executions out by weight", async () => {
  await create(passing("first"));
  await stage.cloud.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: MACHINE }));
  await stage.cloud.client.send(
    new UpdateStateMachineCommand({ stateMachineArn: MACHINE, definition: passing("second"), publish: true }),
  );
  // The cloud under test throws 0.5: 50 of 100.
  const alias = async (name: string, first: number): Promise<string | undefined> => {
    const routingConfiguration = [
      { stateMachineVersionArn: `${MACHINE}:1`, weight: first },
      { stateMachineVersionArn: `${MACHINE}:2`, weight: 100 - first },
    ];
    await stage.cloud.client.send(new CreateStateMachineAliasCommand({ name, routingConfiguration }));
    return outputThrough(`${MACHINE}:${name}`);
  };
  expect(await alias("mostly-first", 51)).toBe('"first"');
  expect(await alias("mostly-second", 50)).toBe('"second"');
});

test("a running execution keeps the definition that it began with", async () => {
  declare(stage.cloud, WAITING);
  const { executionArn } = await stage.cloud.client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE, input: '{"a":1}' }),
  );
  await stage.cloud.client.send(
    new UpdateStateMachineCommand({ stateMachineArn: MACHINE, definition: passing("new") }),
  );
  await stage.cloud.clock.advance(60_000);
  expect((await stage.cloud.client.send(new DescribeExecutionCommand({ executionArn }))).output).toBe(
    '{"a":1}',
  );
  const { definition } = await stage.cloud.client.send(
    new DescribeStateMachineForExecutionCommand({ executionArn }),
  );
  expect(JSON.parse(definition ?? "")).toEqual(WAITING);
});

/** The operations of state machines and of their executions as an API. */
import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  StartExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { declare, MACHINE, ROLE, startTestCloud, type TestCloud } from "./cloud";

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await startTestCloud();
});
afterEach(async () => {
  await cloud.close();
});

const NOT_THERE = "arn:aws:states:eu-west-1:123456789012:stateMachine:nowhere";

function passing(result: unknown): string {
  return JSON.stringify({ StartAt: "S", States: { S: { Type: "Pass", Result: result, End: true } } });
}

const WAITING = { StartAt: "S", States: { S: { Type: "Wait", Seconds: 60, End: true } } };

function create(definition: string) {
  return cloud.client.send(new CreateStateMachineCommand({ name: "catalogue", definition, roleArn: ROLE }));
}

test("a state machine is created, described, listed and deleted", async () => {
  const { stateMachineArn } = await create(passing(1));
  expect(stateMachineArn).toBe(MACHINE);
  expect(await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
    name: "catalogue",
    status: "ACTIVE",
    type: "STANDARD",
    roleArn: ROLE,
    definition: passing(1),
  });
  expect((await cloud.client.send(new ListStateMachinesCommand({}))).stateMachines).toMatchObject([
    { name: "catalogue" },
  ]);
  await cloud.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await cloud.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await expect(cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject(
    {
      name: "StateMachineDoesNotExist",
      message: `State Machine Does Not Exist: '${MACHINE}'`,
    },
  );
});

test("the same state machine again is no error, another one of that name is", async () => {
  await create(passing(1));
  await create(passing(1));
  await expect(create(passing(2))).rejects.toMatchObject({
    name: "StateMachineAlreadyExists",
    message: `State Machine Already Exists: '${MACHINE}'`,
  });
});

test("a definition that can't be run is refused when it is created and when it is updated", async () => {
  const broken = '{"StartAt":"S"}';
  const refusal = {
    name: "InvalidDefinition",
    message:
      "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'",
  };
  await expect(create(broken)).rejects.toMatchObject(refusal);
  await create(passing(1));
  await expect(
    cloud.client.send(new UpdateStateMachineCommand({ stateMachineArn: MACHINE, definition: broken })),
  ).rejects.toMatchObject(refusal);
});

test("an Express workflow with an activity is refused: activities have no place there", async () => {
  const activity = "arn:aws:states:eu-west-1:123456789012:activity:detect";
  const command = new CreateStateMachineCommand({
    name: "x",
    definition: JSON.stringify({
      StartAt: "S",
      States: { S: { Type: "Task", Resource: activity, End: true } },
    }),
    roleArn: ROLE,
    type: "EXPRESS",
  });
  await expect(cloud.client.send(command)).rejects.toMatchObject({
    name: "InvalidDefinition",
    message:
      "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at /States/S/Resource'",
  });
});

test("starting again by name with the same input gives the running execution; otherwise it exists already", async () => {
  declare(cloud, WAITING);
  const start = (input: string) =>
    cloud.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: "once", input }));
  const first = await start('{"a":1}');
  await cloud.clock.advance(1000);
  expect(await start('{"a":1}')).toMatchObject({
    executionArn: first.executionArn,
    startDate: first.startDate,
  });
  const refusal = {
    name: "ExecutionAlreadyExists",
    message: `Execution Already Exists: '${first.executionArn ?? ""}'`,
  };
  await expect(start('{"a":2}')).rejects.toMatchObject(refusal);
  await cloud.clock.advance(60_000);
  await expect(start('{"a":1}')).rejects.toMatchObject(refusal);
});

test("a history is read page by page, forwards and backwards, with or without its data", async () => {
  declare(cloud, JSON.parse(passing({ big: true })) as object);
  const { executionArn } = await cloud.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE }));
  const read = async (reverseOrder: boolean): Promise<HistoryEvent[]> => {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await cloud.client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 3, reverseOrder, nextToken }),
      );
      expect(page.events?.length).toBeLessThanOrEqual(3);
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  };
  expect((await read(false)).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect((await read(true)).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  const { events } = await cloud.client.send(
    new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }),
  );
  expect(events?.[2]?.stateExitedEventDetails).toEqual({ name: "S" });
});

test("executions are listed latest first, by status and by the ARN they were started through", async () => {
  declare(cloud, WAITING);
  cloud.states.createVersion({ arn: `${MACHINE}:1` });
  await cloud.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: "old" }));
  await cloud.clock.advance(60_000);
  await cloud.client.send(new StartExecutionCommand({ stateMachineArn: `${MACHINE}:1`, name: "new" }));
  const list = async (fields: object): Promise<(string | undefined)[]> => {
    const { executions } = await cloud.client.send(
      new ListExecutionsCommand({ stateMachineArn: MACHINE, ...fields }),
    );
    return (executions ?? []).map(({ name }) => name);
  };
  expect(await list({})).toEqual(["new", "old"]);
  expect(await list({ maxResults: 1 })).toEqual(["new"]);
  expect(await list({ statusFilter: "RUNNING" })).toEqual(["new"]);
  expect(await list({ statusFilter: "SUCCEEDED" })).toEqual(["old"]);
  expect(await list({ stateMachineArn: `${MACHINE}:1` })).toEqual(["new"]);
});

test("tags are added, listed and removed", async () => {
  declare(cloud, WAITING);
  const tags = [
    { key: "team", value: "sky" },
    { key: "stack", value: "dev" },
  ];
  await cloud.client.send(new TagResourceCommand({ resourceArn: MACHINE, tags }));
  await cloud.client.send(new UntagResourceCommand({ resourceArn: MACHINE, tagKeys: ["team"] }));
  expect((await cloud.client.send(new ListTagsForResourceCommand({ resourceArn: MACHINE }))).tags).toEqual([
    { key: "stack", value: "dev" },
  ]);
  await expect(
    cloud.client.send(new ListTagsForResourceCommand({ resourceArn: NOT_THERE })),
  ).rejects.toMatchObject({ name: "ResourceNotFound" });
});

test.each<[string, () => Promise<unknown>, string, string]>([
  [
    "starting what does not exist",
    () => cloud.client.send(new StartExecutionCommand({ stateMachineArn: NOT_THERE })),
    "StateMachineDoesNotExist",
    `State Machine Does Not Exist: '${NOT_THERE}'`,
  ],
  [
    "describing an execution that does not exist",
    () =>
      cloud.client.send(
        new DescribeExecutionCommand({ executionArn: NOT_THERE.replace("stateMachine", "execution") }),
      ),
    "ExecutionDoesNotExist",
    "Execution Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:execution:nowhere'",
  ],
  [
    "an ARN that is none",
    () => cloud.client.send(new DescribeExecutionCommand({ executionArn: "no_arn" })),
    "InvalidArn",
    "Invalid Arn: 'Invalid ARN prefix: no_arn'",
  ],
  [
    "updating nothing",
    () => cloud.client.send(new UpdateStateMachineCommand({ stateMachineArn: MACHINE })),
    "MissingRequiredParameter",
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
  ],
  [
    "a filter that is no status",
    () =>
      cloud.client.send(
        new ListExecutionsCommand({ stateMachineArn: MACHINE, statusFilter: "running" as "RUNNING" }),
      ),
    "ValidationException",
    "1 validation error detected: Value 'running' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
  ],
  [
    "a page of 1,001",
    () => cloud.client.send(new ListStateMachinesCommand({ maxResults: 1001 })),
    "ValidationException",
    "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
  ],
  [
    "an alias of a state machine itself",
    () =>
      cloud.client.send(
        new CreateStateMachineAliasCommand({
          name: "a",
          routingConfiguration: [{ stateMachineVersionArn: MACHINE, weight: 100 }],
        }),
      ),
    "ValidationException",
    `Routing configuration must contain state machine version ARNs. Received: [${MACHINE}]`,
  ],
  [
    "weights that are not 100",
    () =>
      cloud.client.send(
        new CreateStateMachineAliasCommand({
          name: "a",
          routingConfiguration: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 99 }],
        }),
      ),
    "ValidationException",
    "Sum of routing configuration weights must equal 100. Received: [99]",
  ],
])("%s is refused in AWS's words", async (_what, call, name, message) => {
  declare(cloud, WAITING);
  await expect(call()).rejects.toMatchObject({ name, message });
});

test("an input that is not JSON is refused", async () => {
  declare(cloud, WAITING);
  await expect(
    cloud.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, input: "not" })),
  ).rejects.toMatchObject({
    name: "InvalidExecutionInput",
    message: expect.stringMatching(/^Invalid State Machine Execution Input: '/) as string,
  });
});

/** Choice, Fail and Wait. */
import { DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { declare, MACHINE, startTestCloud } from "./cloud";
import { stageStates } from "./stage";

const stage = stageStates();

test("a Choice goes where its first rule leads, else to Default, else it fails", async () => {
  const choice = (input: unknown, Default?: string) => ({
    StartAt: "choose",
    States: {
      choose: { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "one" }], Default },
      one: { Type: "Pass", Result: "one", End: true },
      other: { Type: "Pass", Result: "other", End: true },
    },
  });
  declare(stage.cloud, choice({}, "other"));
  expect((await stage.describeExecution(await stage.start({ n: 1 }))).output).toBe('"one"');
  expect((await stage.describeExecution(await stage.start({ n: 2 }))).output).toBe('"other"');
});

test("a Choice without a rule that holds fails with States.NoChoiceMatched", async () => {
  const state = { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "end" }] };
  declare(stage.cloud, { StartAt: "S", States: { S: state, end: { Type: "Succeed" } } });
  expect((await stage.describeExecution(await stage.start({ n: 2 }))).error).toBe("States.NoChoiceMatched");
});

test("Fail names its error and cause, from the definition, from the data, or not at all", async () => {
  const fail = async (state: object): Promise<object> => {
    const own = await startTestCloud();
    declare(own, { StartAt: "S", States: { S: { Type: "Fail", ...state } } });
    const { executionArn } = await own.client.send(
      new StartExecutionCommand({ stateMachineArn: MACHINE, input: '{"why":"late"}' }),
    );
    const { status, error, cause } = await own.client.send(new DescribeExecutionCommand({ executionArn }));
    await own.close();
    return { status, error, cause };
  };
  expect(await fail({ Error: "E", Cause: "C" })).toEqual({ status: "FAILED", error: "E", cause: "C" });
  expect(await fail({ ErrorPath: "$.why", CausePath: "States.Format('was {}', $.why)" })).toEqual({
    status: "FAILED",
    error: "late",
    cause: "was late",
  });
  expect(await fail({})).toEqual({ status: "FAILED", error: undefined, cause: undefined });
});

test.each<[string, object, unknown, number]>([
  ["Seconds", { Seconds: 30 }, {}, 30_000],
  ["SecondsPath", { SecondsPath: "$.s" }, { s: 12 }, 12_000],
  ["Timestamp", { Timestamp: "2026-11-20T00:01:00Z" }, {}, 60_000],
  ["TimestampPath", { TimestampPath: "$.t" }, { t: "2026-11-20T01:00:10.5+01:00" }, 10_500],
])("Wait waits until %s says", async (_what, fields, input, waitMs) => {
  declare(stage.cloud, { StartAt: "S", States: { S: { Type: "Wait", ...fields, End: true } } });
  const executionArn = await stage.start(input);
  await stage.cloud.clock.advance(waitMs - 1);
  expect((await stage.describeExecution(executionArn)).status).toBe("RUNNING");
  await stage.cloud.clock.advance(1);
  expect((await stage.describeExecution(executionArn)).status).toBe("SUCCEEDED");
});

test("Wait until an instant that is past ends at once", async () => {
  expect(
    await stage.outputOf({ Type: "Wait", Timestamp: "2020-01-01T00:00:00Z", End: true }, { a: 1 }),
  ).toEqual({
    a: 1,
  });
});

/** What tests of state machines stand on: a local Step Functions for each test, a Lambda that the test plays, and executions. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import type { Outcome } from "../../../worker/outcome";
import { declare, FUNCTION, MACHINE, startTestCloud, type Call, type TestCloud } from "./cloud";

/** A state that calls the Lambda function, and is the last. */
export const CALL = { Type: "Task", Resource: FUNCTION, End: true };

export interface Stage {
  /** A fresh one for each test. */
  readonly cloud: TestCloud;
  /** Plays Lambda within one test. @default the payload is the answer */
  lambda: (call: Call) => Promise<Outcome> | Outcome;
  /** Starts the state machine that was declared; gives the execution's ARN. */
  start(input?: unknown): Promise<string>;
  describeExecution(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  eventsOf(executionArn: string): Promise<HistoryEvent[]>;
  /** Runs one state, called S, to its end and gives how the execution ended. */
  runState(state: object, input?: unknown): Promise<DescribeExecutionCommandOutput>;
  /** The output of one state that succeeds. */
  outputOf(state: object, input?: unknown): Promise<unknown>;
}

/** Call it once, where the tests are described. */
export function stageStates(): Stage {
  let cloud: TestCloud | undefined;
  const answer: Stage["lambda"] = ({ payload }) => ({ kind: "success", output: payload });

  const stage: Stage = {
    lambda: answer,
    get cloud() {
      if (cloud === undefined) throw new Error("Step Functions is there within tests only");
      return cloud;
    },
    async start(input = {}) {
      const { executionArn } = await stage.cloud.client.send(
        new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify(input) }),
      );
      return executionArn ?? "";
    },
    describeExecution(executionArn) {
      return stage.cloud.client.send(new DescribeExecutionCommand({ executionArn }));
    },
    async eventsOf(executionArn) {
      return (await stage.cloud.client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
    },
    async runState(state, input = {}) {
      declare(stage.cloud, { StartAt: "S", States: { S: state } });
      return stage.describeExecution(await stage.start(input));
    },
    async outputOf(state, input = {}) {
      const { status, output, error, cause } = await stage.runState(state, input);
      expect({ status, error, cause }).toEqual({ status: "SUCCEEDED", error: undefined, cause: undefined });
      return JSON.parse(output ?? "null");
    },
  };

  beforeEach(async () => {
    stage.lambda = answer;
    cloud = await startTestCloud((call) => stage.lambda(call));
  });
  afterEach(async () => {
    await cloud?.close();
  });
  return stage;
}

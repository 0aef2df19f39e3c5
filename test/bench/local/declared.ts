/** What the bench's local cloud holds: a role that may do no more than the load does, an activity, and state machines. */
import type { Graph, GraphResource } from "../../../local/graph";
import { handMadeGraph, recorded } from "../../hand-made-graph";

export const REGION = "eu-west-1";
export const ACCOUNT = "123456789012";
const STATES = `arn:aws:states:${REGION}:${ACCOUNT}`;

export const ACTIVITY = `${STATES}:activity:detect`;
export const MACHINES = {
  pass: `${STATES}:stateMachine:pass`,
  jsonata: `${STATES}:stateMachine:jsonata`,
  tasks: `${STATES}:stateMachine:tasks`,
  map: `${STATES}:stateMachine:map`,
};

/** Who calls, and whom the state machines run as. */
export const LOAD_ROLE = `arn:aws:iam::${ACCOUNT}:role/load`;
export const WORKFLOW_ROLE = `arn:aws:iam::${ACCOUNT}:role/workflow`;

export const DEFINITIONS: Readonly<Record<keyof typeof MACHINES, object>> = {
  pass: { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } },
  jsonata: {
    QueryLanguage: "JSONata",
    StartAt: "Sum",
    States: {
      Sum: {
        Type: "Pass",
        Output: { total: "{% $sum($states.input.numbers) %}", first: "{% $states.input.numbers[0] %}" },
        End: true,
      },
    },
  },
  tasks: {
    StartAt: "Each",
    States: {
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: {
          StartAt: "Detect",
          States: {
            Detect: { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 60, HeartbeatSeconds: 30, End: true },
          },
        },
        ResultPath: null,
        End: true,
      },
    },
  },
  map: {
    StartAt: "Each",
    States: {
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Pass",
          States: { Pass: { Type: "Pass", End: true } },
        },
        ResultPath: null,
        End: true,
      },
    },
  },
};

/** Scoped to its ARNs, as a deployed program's documents are. */
export function graph(): Graph {
  return handMadeGraph(
    [
      ...role(LOAD_ROLE, { AWS: `arn:aws:iam::${ACCOUNT}:root` }, [
        statement(["states:StartExecution", "states:ListExecutions"], Object.values(MACHINES)),
        statement(["states:DescribeExecution"], [`${STATES}:execution:*:*`]),
        statement(
          [
            "states:GetActivityTask",
            "states:SendTaskSuccess",
            "states:SendTaskFailure",
            "states:SendTaskHeartbeat",
          ],
          [ACTIVITY],
        ),
      ]),
      ...role(WORKFLOW_ROLE, { Service: "states.amazonaws.com" }, [
        statement(["states:StartExecution", "states:RedriveExecution"], [MACHINES.map]),
        statement(["states:DescribeExecution", "states:StopExecution"], [`${STATES}:execution:map:*`]),
      ]),
    ],
    "bench",
    "bench",
  );
}

function statement(actions: readonly string[], resources: readonly string[]): object {
  return { Effect: "Allow", Action: actions, Resource: resources };
}

function role(arn: string, principal: object, statements: readonly object[]): readonly GraphResource[] {
  const name = arn.split("/").at(-1) ?? "";
  const trust = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return [
    recorded("aws:iam/role:Role", name, {
      assumeRolePolicy: policy([trust]),
      name,
      arn,
      uniqueId: "AROABENCH",
    }),
    recorded("aws:iam/rolePolicy:RolePolicy", name, { role: name, policy: policy(statements) }),
  ];
}

function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

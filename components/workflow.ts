/** The state machine: its log, its role, a version of each definition, and the alias through which it is started. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { invokeFunctions } from "./iam/invoke";
import { deliverLogs } from "./iam/logs";
import { logGroupName } from "./naming";
import { serviceRole } from "./role";
import type { StatelessFunction } from "./stateless-function";

/** Executions are started through it; rolling back is moving it. */
const ALIAS = "live";

/** Amazon States Language, with ARNs still to be known. */
export interface Definition {
  readonly Comment: string;
  readonly StartAt: string;
  /** Bounds every execution: nothing else bounds the wait for a worker. */
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, object>>;
}

export interface WorkflowArgs {
  readonly definition: Definition;
  /** Every function that this definition calls, or an earlier one that may still run. */
  readonly functions: readonly StatelessFunction[];
  readonly logRetentionDays: number;
}

export class Workflow extends pulumi.ComponentResource {
  readonly stateMachine: aws.sfn.StateMachine;
  readonly alias: aws.sfn.Alias;

  constructor(name: string, args: WorkflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Workflow", name, {}, opts);
    const child = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      // The prefix keeps the log group out of the account's resource policy, whose size is limited:
      // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
      { name: logGroupName("/aws/vendedlogs/states", name), retentionInDays: args.logRetentionDays },
      child,
    );
    const lambdas = args.functions.flatMap((each) =>
      each.lambda === undefined ? [] : [each.lambda.function.arn],
    );
    // Activities need no right: a worker comes and asks.
    const { role, policy } = serviceRole(
      name,
      {
        service: "states.amazonaws.com",
        grants: [pulumi.all(lambdas).apply(invokeFunctions), deliverLogs()],
      },
      child,
    );
    this.stateMachine = new aws.sfn.StateMachine(
      name,
      {
        type: "STANDARD", // Express workflows call no activities.
        definition: pulumi.jsonStringify(args.definition),
        roleArn: role.arn,
        loggingConfiguration: {
          level: "ALL",
          includeExecutionData: false, // Inputs and outputs are the user's.
          logDestination: pulumi.interpolate`${logs.arn}:*`,
        },
        publish: true,
      },
      // Creation proves the right to deliver logs.
      { ...child, dependsOn: [policy] },
    );
    this.alias = new aws.sfn.Alias(
      `${name}-alias`,
      {
        name: ALIAS,
        routingConfigurations: [
          { stateMachineVersionArn: this.stateMachine.stateMachineVersionArn, weight: 100 },
        ],
      },
      child,
    );
    this.registerOutputs({ stateMachineArn: this.stateMachine.arn, aliasArn: this.alias.arn });
  }
}

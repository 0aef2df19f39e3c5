/** The state machine: its log, its role, a version of each definition, and the alias through which it is started. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EncryptionKey } from "./encryption-key";
import { trustPrincipals, type Statement } from "./iam/document";
import { invokeFunctions, startExecutions } from "./iam/invoke";
import { useKeyOfActivities, useKeyOfLogDelivery, useKeyOfStateMachine } from "./iam/key";
import { deliverLogs, sampleTraces } from "./iam/logs";
import { logGroup, type LogSettings } from "./log-group";
import { logGroupName, stackPrefix } from "./naming";
import { serviceRole, trustedRole, type Role } from "./role";
import type { StatelessFunction } from "./stateless-function";
import { definitionMistakes, type KnownActivity } from "./workflow-checks";

/** Executions are started through it; rolling back is moving it. */
const ALIAS = "live";
/** For how long Step Functions may use one data key. */
const DATA_KEY_SECONDS = 300;

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
  /** Who may take on the role that starts executions, as patterns of ARNs. @default every role and user of the account */
  readonly callers?: readonly string[] | undefined;
  readonly key: EncryptionKey;
  readonly logs: LogSettings;
}

export class Workflow extends pulumi.ComponentResource {
  /** Its alarms and its log group are called by it. */
  readonly name: string;
  readonly stateMachine: aws.sfn.StateMachine;
  readonly alias: aws.sfn.Alias;
  /** Every event of every execution, without inputs and outputs. */
  readonly log: aws.cloudwatch.LogGroup;
  /** Whoever takes it on starts and follows executions, and nothing else. */
  readonly callerRole: aws.iam.Role;

  constructor(name: string, args: WorkflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:Workflow", name, {}, opts);
    const child = { parent: this };
    this.name = name;
    this.#check(args);
    // The prefix keeps the log group out of the account's resource policy, whose size is limited:
    // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
    const logs = logGroup(name, logGroupName("/aws/vendedlogs/states", name), args.logs, child);
    this.log = logs;
    const { role, policy } = executionRole(name, args, child);
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
        tracingConfiguration: { enabled: true },
        encryptionConfiguration: {
          type: "CUSTOMER_MANAGED_KMS_KEY",
          kmsKeyId: args.key.arn,
          kmsDataKeyReusePeriodSeconds: DATA_KEY_SECONDS,
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
    this.callerRole = callerRole(name, args, this, child).role;
    this.registerOutputs({ stateMachineArn: this.stateMachine.arn, aliasArn: this.alias.arn });
  }

  /** Before anything of the state machine is registered: what Step Functions would refuse, and what would hang there. */
  #check({ definition, functions }: WorkflowArgs): void {
    const activities = new Map<string, KnownActivity>();
    const placeholder = (value: unknown): string => {
      const called = functions.find((each) => each.activity.arn === value);
      const arn = `arn:aws:states:eu-west-1:123456789012:activity:${called?.name ?? "other"}`;
      if (called === undefined) return "arn:aws:lambda:eu-west-1:123456789012:function:other";
      activities.set(arn, { functionName: called.name, hasPool: called.pools.length > 0 });
      return arn;
    };
    const mistakes = definitionMistakes(withPlaceholders(definition, placeholder) as object, activities);
    if (mistakes.length === 0) return;
    throw new pulumi.ResourceError(
      `The definition of the state machine is wrong: ${mistakes.join("; ")}. Change it where the definition is made.`,
      this,
      true,
    );
  }
}

/** A copy in which a text stands for each value that is only known after a deployment. */
function withPlaceholders(value: unknown, placeholder: (output: unknown) => string): unknown {
  if (pulumi.Output.isInstance(value)) return placeholder(value);
  if (Array.isArray(value)) return value.map((each) => withPlaceholders(each, placeholder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withPlaceholders(inner, placeholder)]),
  );
}

/** What the state machine may do: call the functions, read and write what is under the key, and tell what it does. */
function executionRole(name: string, args: WorkflowArgs, opts: pulumi.CustomResourceOptions): Role {
  const { functions, key } = args;
  const lambdas = functions.flatMap(({ lambda }) => (lambda === undefined ? [] : [lambda.function.arn]));
  // Activities need no right to call: a worker comes and asks. Their inputs are encrypted all the same.
  const activities = pulumi.all(functions.map(({ activity }) => activity.arn));
  return serviceRole(
    name,
    {
      service: "states.amazonaws.com",
      grants: [
        pulumi.all(lambdas).apply(invokeFunctions),
        pulumi.all([key.arn, activities]).apply(([arn, arns]) => useKeyOfActivities(arn, arns)),
        underKey(name, key, opts),
        deliverLogs(),
        sampleTraces(),
      ],
    },
    opts,
  );
}

/** By the beginning of its name: the role is there before the state machine, whose name ends in digits of Pulumi's making. */
function underKey(
  name: string,
  key: EncryptionKey,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<readonly Statement[]> {
  const region = aws.config.requireRegion();
  const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
  return pulumi
    .all([key.arn, accountId])
    .apply(([arn, account]) => [
      ...useKeyOfStateMachine(
        arn,
        `arn:aws:states:${region}:${account}:stateMachine:${stackPrefix()}-${name}-*`,
      ),
      ...useKeyOfLogDelivery(arn, { accountId: account, region }),
    ]);
}

function callerRole(
  name: string,
  { callers, key }: WorkflowArgs,
  { stateMachine, alias }: Workflow,
  opts: pulumi.CustomResourceOptions,
): Role {
  const accountId = aws.getCallerIdentityOutput({}, { parent: opts.parent }).accountId;
  const everybody = (account: string): readonly string[] =>
    ["role", "user"].map((kind) => `arn:aws:iam::${account}:${kind}/*`);
  return trustedRole(
    `${name}-caller`,
    {
      trust: accountId.apply((account) => trustPrincipals(account, callers ?? everybody(account))),
      grants: [
        pulumi.all([stateMachine.arn, alias.arn]).apply(([arn, aliasArn]) => startExecutions(arn, aliasArn)),
        pulumi
          .all([key.arn, stateMachine.arn])
          .apply(([arn, machineArn]) => useKeyOfStateMachine(arn, machineArn)),
      ],
    },
    opts,
  );
}

/** Rights to set something in motion: Lambda functions, executions. */
import type { Statement } from "./document";

/** Call these functions; no statement at all when there are none, since IAM takes no empty list. */
export function invokeFunctions(functionArns: readonly string[]): readonly Statement[] {
  if (functionArns.length === 0) return [];
  return [
    { Sid: "InvokeFunctions", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: functionArns },
  ];
}

/**
 * Start executions through an alias, and follow them. IAM is asked about the state machine; the alias is a condition:
 * https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
 */
export function startExecutions(stateMachineArn: string, aliasArn: string): readonly Statement[] {
  return [
    {
      Sid: "StartExecutions",
      Effect: "Allow",
      Action: ["states:StartExecution"],
      Resource: [stateMachineArn],
      Condition: { StringEquals: { "states:StateMachineQualifier": aliasArn.split(":").at(-1) ?? "" } },
    },
    {
      Sid: "FollowExecutions",
      Effect: "Allow",
      Action: ["states:DescribeExecution", "states:StopExecution"],
      Resource: [`${stateMachineArn.replace(":stateMachine:", ":execution:")}:*`],
    },
  ];
}

/** Take on other roles of ours. */
export function takeOnRoles(roleArns: readonly string[]): readonly Statement[] {
  return [{ Sid: "TakeOnRoles", Effect: "Allow", Action: ["sts:AssumeRole"], Resource: roleArns }];
}

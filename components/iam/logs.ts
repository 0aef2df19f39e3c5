/** Rights on CloudWatch Logs and X-Ray. */
import { onEverything, type Statement } from "./document";

/** Write log streams into one log group. */
export function writeLogs(logGroupArn: string): readonly Statement[] {
  return [
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [`${logGroupArn}:*`],
    },
  ];
}

/** Write a VPC's flow logs into one log group: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
export function writeFlowLogs(logGroupArn: string): readonly Statement[] {
  return [
    {
      Sid: "WriteFlowLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [`${logGroupArn}:*`],
    },
  ];
}

/**
 * Deliver a state machine's logs.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
export function deliverLogs(): readonly Statement[] {
  return [
    onEverything("DeliverLogs", [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
    ]),
  ];
}

/** Send traces, as a Lambda function does. */
export function sendTraces(): readonly Statement[] {
  return [onEverything("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"])];
}

/** Send traces and ask which are worth it, as a state machine does: https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
export function sampleTraces(): readonly Statement[] {
  return [
    onEverything("Trace", [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]),
  ];
}

/** The registry: each API that a Task's Resource can name, and what does it. */
import type { Clock } from "../../clock";
import type { Invoker } from "../executions/executions";
import type { Integration } from "./integration";
import { createLambdaInvoke } from "./lambda";
import { createSdkSfn, createStartExecution, type EndedExecutions } from "./nested";
import { createS3Integration } from "./s3";
import type { FindService } from "./service-call";
import type { Api } from "./service-resource";
import { createSdkSqs, createSendMessage } from "./sqs";

export type Integrations = Readonly<Record<Api, Integration>>;

export function createIntegrations(options: {
  readonly invoker: Invoker;
  readonly services: FindService;
  readonly executions: EndedExecutions;
  readonly accountId: string;
  readonly clock: Clock;
}): Integrations {
  const { services, executions, clock } = options;
  return {
    "lambda:invoke": createLambdaInvoke(options),
    "sqs:sendMessage": createSendMessage(services, clock),
    "states:startExecution": createStartExecution(services, executions, clock),
    "aws-sdk:s3:getObject": createS3Integration(services, "getObject"),
    "aws-sdk:s3:headObject": createS3Integration(services, "headObject"),
    "aws-sdk:s3:putObject": createS3Integration(services, "putObject"),
    "aws-sdk:s3:deleteObject": createS3Integration(services, "deleteObject"),
    "aws-sdk:s3:headBucket": createS3Integration(services, "headBucket"),
    "aws-sdk:s3:listObjectsV2": createS3Integration(services, "listObjectsV2"),
    "aws-sdk:sqs:sendMessage": createSdkSqs(services, "SendMessage"),
    "aws-sdk:sqs:receiveMessage": createSdkSqs(services, "ReceiveMessage"),
    "aws-sdk:sqs:deleteMessage": createSdkSqs(services, "DeleteMessage"),
    "aws-sdk:sfn:getActivityTask": createSdkSfn(services, "GetActivityTask"),
    "aws-sdk:sfn:startExecution": createSdkSfn(services, "StartExecution"),
    "aws-sdk:sfn:describeExecution": createSdkSfn(services, "DescribeExecution"),
    "aws-sdk:sfn:stopExecution": createSdkSfn(services, "StopExecution"),
    "aws-sdk:sfn:sendTaskSuccess": createSdkSfn(services, "SendTaskSuccess"),
    "aws-sdk:sfn:sendTaskFailure": createSdkSfn(services, "SendTaskFailure"),
    "aws-sdk:sfn:sendTaskHeartbeat": createSdkSfn(services, "SendTaskHeartbeat"),
  };
}

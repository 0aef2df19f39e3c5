/** A function where Lambda runs it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionImage } from "./function-image";
import { writeLogs } from "./iam/logs";
import { logGroupName } from "./naming";
import { serviceRole, type Grant } from "./role";

export interface LambdaPlacementArgs {
  readonly image: FunctionImage;
  readonly memoryMib: number;
  readonly timeoutSeconds: number;
  readonly grants: readonly Grant[];
  readonly logRetentionDays: number;
}

export class LambdaPlacement extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;

  constructor(name: string, args: LambdaPlacementArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:LambdaPlacement", name, {}, opts);
    const child = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: logGroupName("", `lambda/${name}`), retentionInDays: args.logRetentionDays },
      child,
    );
    const { role, policy } = serviceRole(
      name,
      { service: "lambda.amazonaws.com", grants: [logs.arn.apply(writeLogs), ...args.grants] },
      child,
    );
    const { entryPoint, command, workingDirectory } = args.image.config;
    this.function = new aws.lambda.Function(
      name,
      {
        packageType: "Image",
        imageUri: args.image.image.imageUri,
        imageConfig: {
          entryPoints: [...entryPoint],
          commands: [...command],
          ...(workingDirectory === undefined ? {} : { workingDirectory }),
        },
        architectures: ["x86_64"],
        memorySize: args.memoryMib,
        timeout: args.timeoutSeconds,
        role: role.arn,
        loggingConfig: { logFormat: "JSON", logGroup: logs.name },
      },
      { ...child, dependsOn: [policy] },
    );
    this.registerOutputs({ functionArn: this.function.arn });
  }
}

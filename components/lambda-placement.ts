/** A function where Lambda runs it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { attachToVpc } from "./iam/lambda";
import { sendTraces, writeLogs } from "./iam/logs";
import type { FunctionImage } from "./images/function-image";
import { logGroup, type LogSettings } from "./log-group";
import { logGroupName } from "./naming";
import type { Network } from "./network/network";
import { serviceRole, type Grant } from "./role";
import type { Architecture } from "./settings/function-entry";

export interface LambdaPlacementArgs {
  readonly image: FunctionImage;
  readonly architecture: Architecture;
  readonly memoryMib: number;
  readonly ephemeralStorageMib: number;
  readonly timeoutSeconds: number;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: outside any VPC, where AWS is reached without NAT. */
  readonly inside?:
    { readonly network: Network; readonly securityGroupIds: readonly pulumi.Input<string>[] } | undefined;
  readonly grants: readonly Grant[];
  readonly logs: LogSettings;
}

export class LambdaPlacement extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;

  constructor(name: string, args: LambdaPlacementArgs, opts?: pulumi.ComponentResourceOptions) {
    super("loveless:index:LambdaPlacement", name, {}, opts);
    const child = { parent: this };
    const logs = logGroup(name, logGroupName("", `lambda/${name}`), args.logs, child);
    const inVpc = args.inside === undefined ? [] : [attachToVpc()];
    const { role, policy } = serviceRole(
      name,
      {
        service: "lambda.amazonaws.com",
        grants: [logs.arn.apply(writeLogs), sendTraces(), ...inVpc, ...args.grants],
      },
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
        architectures: [args.architecture],
        memorySize: args.memoryMib,
        ephemeralStorage: { size: args.ephemeralStorageMib },
        timeout: args.timeoutSeconds,
        role: role.arn,
        ...(Object.keys(args.environment).length === 0
          ? {}
          : { environment: { variables: args.environment } }),
        ...(args.inside === undefined ? {} : { vpcConfig: vpcConfig(args.inside) }),
        tracingConfig: { mode: "Active" },
        loggingConfig: { logFormat: "JSON", logGroup: logs.name },
      },
      { ...child, dependsOn: [policy] },
    );
    this.registerOutputs({ functionArn: this.function.arn });
  }
}

function vpcConfig({
  network,
  securityGroupIds,
}: NonNullable<LambdaPlacementArgs["inside"]>): aws.types.input.lambda.FunctionVpcConfig {
  return { subnetIds: network.privateSubnetIds, securityGroupIds: [...securityGroupIds] };
}

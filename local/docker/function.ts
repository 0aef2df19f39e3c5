/**
 * One execution environment of a Lambda function as a container of its image. AWS's base images start their runtime
 * interface emulator only where AWS_LAMBDA_RUNTIME_API is not set: here it is, and leads to the local cloud's own.
 */
import { z } from "zod";
import { lambdaEnvironment } from "../../worker/lambda-environment";
import type { FunctionLaunch } from "../cloud/containers";
import type { FunctionDefinition } from "../cloud/lambda/functions";
import type { Docker } from "./engine";
import type { BuiltImage } from "./images";
import { ENVIRONMENT_LABEL, removeContainers, RUN_LABEL } from "./labels";
import { environmentArguments } from "./task";

/** Of a Lambda function, what its image's own settings are overridden by. */
const declared = z.object({
  imageConfig: z
    .object({
      entryPoints: z.array(z.string()).default([]),
      commands: z.array(z.string()).default([]),
      workingDirectory: z.string().optional(),
    })
    .default({ entryPoints: [], commands: [] }),
  ephemeralStorage: z.object({ size: z.number() }).default({ size: 512 }),
});

/** Lambda's own user has no rights of its own either. */
const USER = "1000:1000";

export interface FunctionContainerOptions {
  readonly docker: Docker;
  readonly run: string;
  readonly definition: FunctionDefinition;
  /** What was registered of the function, and answered. */
  readonly outputs: unknown;
  readonly image: BuiltImage;
  readonly environmentId: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly marks: Readonly<Record<string, string>>;
}

export function launchFunctionContainer(options: FunctionContainerOptions): FunctionLaunch {
  const { docker, environmentId, variables, workingDirectory, marks } = options;
  const label = `${ENVIRONMENT_LABEL}=${environmentId}`;
  const ask = async (args: readonly string[]): Promise<string> => (await docker.ask(args)).stdout;
  let removed = Promise.resolve();
  return {
    command: ["docker", ...functionArguments(options)],
    workingDirectory,
    environment: { ...variables, ...docker.environment, ...marks },
    async provide() {
      // The old container goes first: a label names the containers of one environment, whichever process they are of.
      await removed;
      return {
        environment: {},
        release() {
          removed = removeContainers(ask, label);
        },
      };
    },
  };
}

/** As Lambda runs it: the file system can be read, /tmp be written to. */
export function functionArguments(
  options: Pick<
    FunctionContainerOptions,
    "run" | "definition" | "outputs" | "image" | "environmentId" | "variables"
  >,
): readonly string[] {
  const { run, definition, outputs, image, environmentId, variables } = options;
  const { imageConfig, ephemeralStorage } = declared.parse(outputs);
  const [entryPoint, ...moreOfIt] = imageConfig.entryPoints;
  const settings = {
    ...{ command: [], handler: "", functionName: definition.name, memoryMib: definition.memoryMib },
    ...{ environment: variables, onOutput: () => undefined },
  };
  return [
    ...["run", "--rm", "--label", `${RUN_LABEL}=${run}`, "--label", `${ENVIRONMENT_LABEL}=${environmentId}`],
    ...["--network", "host"],
    ...(image.platform === null ? [] : ["--platform", image.platform]),
    ...["--user", USER, "--read-only"],
    ...["--tmpfs", `/tmp:rw,exec,mode=1777,size=${String(ephemeralStorage.size)}m`],
    ...["--memory", `${String(definition.memoryMib)}m`],
    ...(imageConfig.workingDirectory === undefined ? [] : ["--workdir", imageConfig.workingDirectory]),
    ...environmentArguments(lambdaEnvironment(settings, "", 0)),
    ...(entryPoint === undefined ? [] : ["--entrypoint", entryPoint]),
    image.tag,
    ...moreOfIt,
    ...imageConfig.commands,
  ];
}

/** What a graph says of the state machine, the pools and their rights, in the words of the tests. */
import { resourcesOfType, type Graph, type GraphResource } from "../../local/graph";
import { parseAutoscalerSettings, type AutoscalerSettings } from "../../autoscaler/settings";
import { parseWorkerSettings, type WorkerSettings } from "../../worker/settings";
import { jsonInput, normalised, resource } from "./stacks";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly user: string;
  readonly readonlyRootFilesystem: boolean;
  readonly entryPoint?: readonly string[];
  readonly linuxParameters?: { readonly initProcessEnabled: boolean };
  readonly dependsOn?: readonly object[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly resourceRequirements?: readonly object[];
}

export interface State {
  Resource?: string;
  HeartbeatSeconds?: number;
  readonly TimeoutSeconds?: number;
  readonly ItemProcessor?: { readonly States: Record<string, State> };
}

interface PolicyText {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: object;
  }[];
}

export function definition(graph: Graph): Record<string, State> {
  const text = normalised(
    graph,
    String(resource(graph, "aws:sfn/stateMachine:StateMachine", "catalogue").inputs["definition"]),
  );
  const { States } = JSON.parse(text) as { States: Record<string, State> };
  return { ...States, Detect: States["DetectInTiles"]?.ItemProcessor?.States["Detect"] ?? {} };
}

export function services(graph: Graph): readonly GraphResource[] {
  return resourcesOfType(graph, "aws:ecs/service:Service");
}

export function allContainers(graph: Graph, pool: string): readonly Container[] {
  const task = resource(graph, "aws:ecs/taskDefinition:TaskDefinition", `${pool}-task`);
  return jsonInput<Container[]>(task, "containerDefinitions");
}

/** Of a pool whose worker is injected. */
export function containers(
  graph: Graph,
  pool: string,
): { readonly files: Container; readonly worker: Container } {
  const [files, worker] = allContainers(graph, pool);
  if (files === undefined || worker === undefined) throw new Error(`${pool} has no two containers.`);
  return { files, worker };
}

/** As the worker itself parses them. */
export function workerSettings(graph: Graph, pool: string): WorkerSettings {
  const isWorkers = ({ environment = [] }: Container): boolean =>
    environment.some(({ name }) => name === "LOVELESS_ACTIVITY_ARN");
  const variables = allContainers(graph, pool).find(isWorkers)?.environment ?? [];
  return parseWorkerSettings(Object.fromEntries(variables.map(({ name, value }) => [name, value])));
}

export function rights(graph: Graph, policy: string): PolicyText["Statement"] {
  return jsonInput<PolicyText>(resource(graph, "aws:iam/rolePolicy:RolePolicy", policy), "policy").Statement;
}

/** As the handler itself parses them. */
export function autoscalerSettings(graph: Graph): AutoscalerSettings {
  const handler = resource(graph, "aws:lambda/function:Function", "autoscaler");
  const { variables } = handler.inputs["environment"] as { variables: Record<string, string> };
  const parameter = resource(graph, "aws:ssm/parameter:Parameter", "autoscaler-settings");
  if (variables["LOVELESS_AUTOSCALER_PARAMETER"] !== parameter.outputs["name"])
    throw new Error(`The autoscaler reads another parameter: ${JSON.stringify(variables)}.`);
  return parseAutoscalerSettings({}, [String(parameter.inputs["value"])]);
}

/** The component provider as the Pulumi CLI runs it: a process of its own, spoken to over gRPC, against the local engine. */
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  ConstructRequest,
  type ConstructResponse,
  GetSchemaRequest,
  type GetSchemaResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceRequest, type RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { defaultProvider } from "../../local/engine/aws";
import { createMonitor } from "../../local/engine/monitor";
import { createRegistry } from "../../local/engine/registry";
import { startEngineServer } from "../../local/engine/server";
import { toStruct, type JsonObject } from "../../local/engine/wire";
import type { Graph } from "../../local/graph";

const PROJECT = "elsewhere";
const STACK = "dev";
const CONFIG = { "aws:region": "eu-west-1" };

export interface ProviderProcess {
  schema(): Promise<unknown>;
  /** Rejects with what the provider says of wrong arguments. */
  construct(name: string, inputs: JsonObject): Promise<ConstructResponse>;
  /** What has been registered by now. */
  graph(): Graph;
  close(): Promise<void>;
}

/** `directory` is where PulumiPlugin.yaml is. */
export async function startProvider(directory: string): Promise<ProviderProcess> {
  const registry = createRegistry(PROJECT, STACK);
  const settings = { config: CONFIG, secretKeys: [] };
  const monitor = createMonitor({
    registry,
    project: PROJECT,
    stack: STACK,
    projectDirectory: directory,
    preview: false,
    provider: defaultProvider(settings),
    namePattern: undefined,
  });
  const ignore = (): void => undefined;
  const engine = await startEngineServer({
    monitor,
    registry,
    onDiagnostic: ignore,
    onRegistered: ignore,
    onRefused: ignore,
  });
  const parent = await registerStack(engine.address);
  // As RunPlugin of Pulumi's Node language host does: sdk/nodejs/cmd/pulumi-language-nodejs of github.com/pulumi/pulumi.
  const host = createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run-plugin");
  const child = spawn(process.execPath, [host, directory, engine.address], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    async schema() {
      const answer = await answerOf<GetSchemaResponse>((done) =>
        client.getSchema(new GetSchemaRequest(), done),
      );
      return JSON.parse(answer.getSchema());
    },
    construct(name, inputs) {
      const request = new ConstructRequest()
        .setProject(PROJECT)
        .setStack(STACK)
        .setMonitorendpoint(engine.address)
        .setType("loveless:index:MovableFunction")
        .setName(name)
        .setParent(parent)
        .setParallel(16)
        .setAcceptsOutputValues(true)
        .setInputs(toStruct(inputs));
      for (const [key, value] of Object.entries(CONFIG)) request.getConfigMap().set(key, value);
      return answerOf((done) => client.construct(request, done));
    },
    graph: () => registry.graph(),
    async close() {
      const ended = once(child, "exit");
      client.close();
      child.kill("SIGKILL");
      await ended;
      engine.close();
    },
  };
}

/** The program's own part: everything of a stack is below it. */
async function registerStack(address: string): Promise<string> {
  const client = new ResourceMonitorClient(address, credentials.createInsecure());
  const request = new RegisterResourceRequest()
    .setType("pulumi:pulumi:Stack")
    .setName(`${PROJECT}-${STACK}`)
    .setObject(toStruct({}));
  const answer = await answerOf<RegisterResourceResponse>((done) => client.registerResource(request, done));
  client.close();
  return answer.getUrn();
}

function answerOf<Answer>(
  call: (done: (error: Error | null, answer: Answer) => void) => unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

/** The gRPC face of the engine: turns Pulumi's protocol into calls of the monitor, on a free port of 127.0.0.1. */
import {
  type handleUnaryCall,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  RequirePulumiVersionResponse,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  DeploymentInfo,
  type ReadResourceRequest,
  type RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceMonitorFeature as Feature,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Diagnostic } from "./diagnostics";
import { invoke, read, registrationOf } from "./messages";
import type { Monitor, Registration } from "./monitor";
import type { Registry } from "./registry";
import { createTransforms, type Transforms } from "./transforms";
import { fromStruct, toStruct } from "./wire";

/**
 * What this engine honours. Aliases, deletedWith, replaceWith and replacementTrigger only matter to a deployment that
 * has a past, and there is none here. Not claimed, so that the SDK refuses them: hooks, invoke transforms, state
 * migrations, parameterised packages.
 */
const FEATURES = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
  Feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
];

/** Pulumi's own limit; a bundled handler in a string asset passes gRPC's 4 MiB easily. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export interface EngineServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Drops every connection. */
  close(): void;
}

export interface EngineServerOptions {
  readonly monitor: Monitor;
  readonly registry: Registry;
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onRegistered: (registration: Registration) => void;
  /** A registration was refused, and the diagnostic says why: the program has to end now. */
  readonly onRefused: () => void;
}

export async function startEngineServer(options: EngineServerOptions): Promise<EngineServer> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const transforms = createTransforms();
  server.addService(ResourceMonitorService, {
    getDeploymentInfo: unary<Empty, DeploymentInfo>(() =>
      new DeploymentInfo().setSupportedfeaturesList(FEATURES),
    ),
    invoke: unary((request: ResourceInvokeRequest) => invoke(options.monitor, request)),
    readResource: unary((request: ReadResourceRequest) => read(options.monitor, request)),
    registerResource: unary(async (request: RegisterResourceRequest) => {
      const asked = registrationOf(request);
      const urn = options.monitor.urnOf(asked);
      // The SDK only says "failed to register"; the reason is the engine's to tell, as it is with the CLI.
      return reporting(options, urn, async () => {
        transforms.addToResource(urn, request.getTransformsList());
        const parentOf = (child: string): string | null =>
          child === urn ? asked.parent || null : (options.registry.get(child)?.resource.parent ?? null);
        const registration = await transforms.apply(urn, asked, request, parentOf);
        const answer = options.monitor.register(registration);
        await transformChildren(options, transforms, answer.urn);
        options.onRegistered(registration);
        return new RegisterResourceResponse()
          .setUrn(answer.urn)
          .setId(answer.id)
          .setObject(toStruct(answer.state));
      });
    }),
    registerResourceOutputs: unary((request: RegisterResourceOutputsRequest) => {
      options.monitor.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    registerStackTransform: unary((callback: Callback) => {
      transforms.addToStack(callback);
      return new Empty();
    }),
    signalAndWaitForShutdown: unary<Empty, Empty>(() => new Empty()),
  });
  server.addService(EngineService, engineService(options));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${String(port)}`,
    close: () => {
      transforms.close();
      server.forceShutdown();
    },
  };
}

/** What awsx's children would have gone through, had awsx registered them. */
async function transformChildren(
  { monitor, registry }: EngineServerOptions,
  transforms: Transforms,
  component: string,
): Promise<void> {
  const parentOf = (child: string): string | null => registry.get(child)?.resource.parent ?? null;
  for (const { urn } of registry.synthesisedUnder(component)) {
    const registration = monitor.registrationOfChild(urn);
    const changed = await transforms.apply(urn, registration, new RegisterResourceRequest(), parentOf);
    if (changed !== registration) monitor.changeChild(urn, changed);
  }
}

function engineService({
  registry,
  onDiagnostic,
}: EngineServerOptions): Record<string, handleUnaryCall<unknown, unknown>> {
  return {
    log: unary((request: LogRequest) => {
      const severity = severityOf(request.getSeverity());
      if (severity !== null) onDiagnostic({ severity, urn: request.getUrn(), message: request.getMessage() });
      return new Empty();
    }),
    getRootResource: unary<Empty, GetRootResourceResponse>(() =>
      new GetRootResourceResponse().setUrn(registry.root() ?? ""),
    ),
    // The registration of the stack has already told.
    setRootResource: unary<Empty, SetRootResourceResponse>(() => new SetRootResourceResponse()),
    requirePulumiVersion: unary<Empty, RequirePulumiVersionResponse>(
      () => new RequirePulumiVersionResponse(),
    ),
  };
}

function severityOf(severity: LogSeverity): Diagnostic["severity"] | null {
  if (severity === LogSeverity.ERROR) return "error";
  if (severity === LogSeverity.WARNING) return "warning";
  return severity === LogSeverity.INFO ? "info" : null;
}

/** Reports a failure as the resource's, and ends the program: to its SDK, an unavailable monitor means "stop quietly". */
async function reporting<Result>(
  options: EngineServerOptions,
  urn: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    options.onDiagnostic({ severity: "error", urn, message: (error as Error).message });
    options.onRefused();
    throw Object.assign(new Error((error as Error).message, { cause: error }), { code: status.UNAVAILABLE });
  }
}

/** A gRPC handler of a function; what it throws becomes the call's error, whose details the SDK shows. */
function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<unknown, unknown> {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    Promise.resolve(call.request as Request)
      .then(handle)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const { code, message } = error as Partial<ServiceError> & Error;
          callback({ code: typeof code === "number" ? code : status.UNKNOWN, details: message });
        },
      );
  };
}

/** Runs the program's transforms: functions of the program that may change a resource before it is registered. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import {
  type Callback,
  CallbackInvokeRequest,
  type CallbackInvokeResponse,
} from "@pulumi/pulumi/proto/callback_pb";
import {
  type RegisterResourceRequest,
  TransformRequest,
  TransformResourceOptions,
  TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Registration } from "./monitor";
import { fromStruct, toStruct } from "./wire";

export interface Transforms {
  /** A transform of everything that the stack registers from now on. */
  addToStack(callback: Callback): void;
  /** Transforms of one resource and what descends from it. */
  addToResource(urn: string, callbacks: readonly Callback[]): void;
  /** The resource's own transforms, then its ancestors', then the stack's: the order of Pulumi's engine. */
  apply(
    urn: string,
    registration: Registration,
    request: RegisterResourceRequest,
    parentOf: (urn: string) => string | null,
  ): Promise<Registration>;
  /** Closes the connections to the program. */
  close(): void;
}

export function createTransforms(): Transforms {
  const ofStack: Callback[] = [];
  const ofResource = new Map<string, readonly Callback[]>();
  const clients = new Map<string, CallbacksClient>();

  const clientOf = (target: string): CallbacksClient => {
    const client = clients.get(target) ?? new CallbacksClient(target, credentials.createInsecure());
    clients.set(target, client);
    return client;
  };

  const run = async (callback: Callback, request: TransformRequest): Promise<TransformResponse> => {
    const call = new CallbackInvokeRequest()
      .setToken(callback.getToken())
      .setRequest(request.serializeBinary());
    const response = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
      clientOf(callback.getTarget()).invoke(
        call,
        (error: ServiceError | null, answer: CallbackInvokeResponse) => {
          // The program's own message; the rest of a gRPC error tells the user nothing.
          if (error === null) resolve(answer);
          else reject(new Error(error.details, { cause: error }));
        },
      );
    });
    return TransformResponse.deserializeBinary(response.getResponse_asU8());
  };

  return {
    addToStack: (callback) => {
      ofStack.push(callback);
    },
    addToResource: (urn, callbacks) => {
      if (callbacks.length > 0) ofResource.set(urn, callbacks);
    },
    async apply(urn, registration, request, parentOf) {
      const callbacks: Callback[] = [];
      for (let current: string | null = urn; current !== null; current = parentOf(current)) {
        callbacks.push(...(ofResource.get(current) ?? []));
      }
      callbacks.push(...ofStack);
      if (callbacks.length === 0) return registration;
      let transform = new TransformRequest()
        .setType(registration.type)
        .setName(registration.name)
        .setCustom(registration.custom)
        .setParent(registration.parent)
        .setProperties(toStruct(registration.properties))
        .setOptions(optionsOf(request));
      for (const callback of callbacks) {
        const answer = await run(callback, transform);
        transform = transform
          .setProperties(answer.getProperties() ?? transform.getProperties())
          .setOptions(answer.getOptions() ?? transform.getOptions());
      }
      return withTransform(registration, transform);
    },
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

/** The options that the graph knows of, and those that a transform must see unchanged. */
function optionsOf(request: RegisterResourceRequest): TransformResourceOptions {
  const options = new TransformResourceOptions()
    .setDependsOnList(request.getDependenciesList())
    .setIgnoreChangesList(request.getIgnorechangesList())
    .setReplaceOnChangesList(request.getReplaceonchangesList())
    .setAliasesList(request.getAliasesList())
    .setProvider(request.getProvider())
    .setVersion(request.getVersion())
    .setCustomTimeouts(request.getCustomtimeouts())
    .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
    .setImport(request.getImportid());
  const protect = request.getProtect();
  if (protect !== undefined) options.setProtect(protect);
  for (const [key, provider] of request.getProvidersMap().entries())
    options.getProvidersMap().set(key, provider);
  return options;
}

function withTransform(registration: Registration, transform: TransformRequest): Registration {
  const options = transform.getOptions();
  const changed = { ...registration, properties: fromStruct(transform.getProperties()) };
  if (options === undefined) return changed;
  return {
    ...changed,
    dependencies: options.getDependsOnList(),
    ignoreChanges: options.getIgnoreChangesList(),
    protect: options.getProtect() ?? false,
    provider: options.getProvider(),
    importId: options.getImport(),
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
  };
}

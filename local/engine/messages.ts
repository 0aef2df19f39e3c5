/** Turns Pulumi's protobuf messages into what the monitor understands, and its answers back. */
import {
  ReadResourceResponse,
  type ReadResourceRequest,
  type RegisterResourceRequest,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Monitor, Registration } from "./monitor";
import { fromStruct, toStruct } from "./wire";

/** What a request to register says. */
export function registrationOf(request: RegisterResourceRequest): Registration {
  const propertyDependencies: Record<string, readonly string[]> = {};
  for (const [property, dependencies] of request.getPropertydependenciesMap().entries()) {
    const urns = [...dependencies.getUrnsList()].sort();
    if (urns.length > 0) propertyDependencies[property] = urns;
  }
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    custom: request.getCustom(),
    remote: request.getRemote(),
    properties: fromStruct(request.getObject()),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    protect: request.getProtect() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    provider: request.getProvider(),
    importId: request.getImportid(),
  };
}

/** Answers a request to read a resource that exists. */
export function read(monitor: Monitor, request: ReadResourceRequest): ReadResourceResponse {
  const registration: Registration = {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    custom: true,
    remote: false,
    properties: fromStruct(request.getProperties()),
    dependencies: request.getDependenciesList(),
    propertyDependencies: {},
    protect: false,
    ignoreChanges: [],
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    provider: request.getProvider(),
    importId: "",
  };
  const { urn, state } = monitor.read(registration, request.getId());
  return new ReadResourceResponse().setUrn(urn).setProperties(toStruct(state));
}

/** Answers a request to a data source. */
export function invoke(monitor: Monitor, request: ResourceInvokeRequest): ResourceInvokeResponse {
  const result = monitor.invoke(request.getTok(), fromStruct(request.getArgs()), request.getProvider());
  const response = new ResourceInvokeResponse();
  return result === null ? response.setUnknown(true) : response.setReturn(toStruct(result));
}

/** The resource monitor: answers the registrations, reads and data sources of a running program. */
import { type AwsProvider, explicitProvider } from "./aws";
import type { GraphResource, Json } from "../graph";
import { invokeDataSource } from "./invokes/data-source";
import { complete } from "./outputs/complete";
import type { Registry } from "./registry";
import { isRemoteComponent, synthesise } from "./remote/synthesise";
import { createUrn, STACK_TYPE } from "./urn";
import { containsUnknown, type JsonObject, secret, unwrap } from "./wire";

/** A registration, free of protobuf. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** "" for none. */
  readonly parent: string;
  readonly custom: boolean;
  readonly remote: boolean;
  /** In wire form. */
  readonly properties: JsonObject;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** `URN::ID` of an explicit provider, or "". */
  readonly provider: string;
  readonly importId: string;
}

/** What the program's SDK gets back: everything in wire form, `id` "" when it is not known yet. */
export interface Answer {
  readonly urn: string;
  readonly id: string;
  readonly state: JsonObject;
}

export interface MonitorOptions {
  readonly registry: Registry;
  readonly project: string;
  readonly stack: string;
  readonly projectDirectory: string;
  readonly preview: boolean;
  readonly provider: AwsProvider;
  /** The pattern of `pulumi:autonaming`, where the project has one. */
  readonly namePattern?: string | undefined;
}

export interface Monitor {
  /** Throws DuplicateUrnError, and Error in the words that Pulumi would use. */
  register(registration: Registration): Answer;
  registerOutputs(urn: string, outputs: JsonObject): void;
  /** A resource that exists already: `X.get(name, id)`. */
  read(registration: Registration, id: string): Answer;
  /** Null when an argument is unknown: so is the result, then. */
  invoke(token: string, args: JsonObject, provider: string): JsonObject | null;
  urnOf(registration: Registration): string;
  /** A child of our synthesis, as its component would have registered it. */
  registrationOfChild(urn: string): Registration;
  /** Gives such a child other inputs, after the program's transforms. What AWS makes of its URN stays. */
  changeChild(urn: string, registration: Registration): void;
}

export function createMonitor(options: MonitorOptions): Monitor {
  const { registry } = options;

  const parentOf = (registration: Registration): string | null =>
    registration.type === STACK_TYPE
      ? null
      : registration.parent === ""
        ? registry.root()
        : registration.parent;
  const urnOf = (registration: Registration): string =>
    createUrn(options.stack, options.project, parentOf(registration), registration.type, registration.name);

  /** The provider that a resource names, and the region that it may choose for itself. */
  const providerOf = (reference: string, inputs: JsonObject): AwsProvider => {
    const declared = registry.get(reference.split("::").slice(0, 4).join("::"));
    const provider =
      declared === undefined
        ? options.provider
        : explicitProvider(declared.resource.inputs, options.provider);
    return typeof inputs.region === "string" ? { ...provider, region: inputs.region } : provider;
  };

  const record = (
    registration: Registration,
    result: { id: string | null; inputs: JsonObject; outputs: JsonObject; secrets: readonly string[] },
  ): GraphResource => ({
    urn: urnOf(registration),
    type: registration.type,
    name: registration.name,
    parent: parentOf(registration),
    custom: registration.custom,
    synthesised: false,
    id: result.id,
    inputs: result.inputs,
    outputs: result.outputs,
    secretProperties: result.secrets,
    dependencies: [...registration.dependencies].sort(),
    propertyDependencies: registration.propertyDependencies,
    protect: registration.protect,
    ignoreChanges: registration.ignoreChanges,
  });

  const registerCustom = (registration: Registration, existingId?: string): Answer => {
    const { properties: inputs, secrets } = unwrap(registration.properties, options.projectDirectory);
    const provider = providerOf(registration.provider, inputs);
    const subject = {
      ...provider,
      urn: urnOf(registration),
      name: registration.name,
      type: registration.type,
      inputs,
    };
    const { id, added, secretOutputs } = complete(subject, {
      preview: options.preview && existingId === undefined,
      defaultTags: provider.defaultTags,
      namePattern: options.namePattern,
      ...(existingId === undefined ? {} : { existingId }),
    });
    const outputs = { ...inputs, ...added };
    const hidden = [
      ...new Set([...secrets, ...secretOutputs, ...registration.additionalSecretOutputs]),
    ].filter((property) => property in outputs);
    const state: Record<string, Json> = { ...registration.properties, ...added };
    for (const property of hidden) state[property] = secret(state[property] ?? null);
    const resource = record(registration, { id, inputs, outputs, secrets: hidden });
    registry.add({ resource, state, external: existingId !== undefined && registration.importId === "" });
    return { urn: resource.urn, id: id ?? "", state };
  };

  const registerComponent = (registration: Registration): Answer => {
    const { properties: inputs, secrets } = unwrap(registration.properties, options.projectDirectory);
    const resource = record(registration, { id: null, inputs, outputs: {}, secrets });
    registry.add({ resource, state: {}, external: false });
    if (!registration.remote) return { urn: resource.urn, id: "", state: {} };
    const provider = providerOf(registration.provider, inputs);
    const { children, outputs, state } = synthesise(resource, {
      ...options,
      provider,
    });
    for (const child of children) registry.add({ resource: child, state: child.outputs, external: false });
    registry.setOutputs(resource.urn, outputs, [], state);
    return { urn: resource.urn, id: "", state };
  };

  return {
    urnOf,
    register(registration) {
      if (registration.remote && !isRemoteComponent(registration.type)) {
        throw new Error(
          `The local engine can't stand in for the remote component ${registration.type}; add it to local/engine/remote.`,
        );
      }
      if (!registration.custom) return registerComponent(registration);
      return registerCustom(registration, registration.importId === "" ? undefined : registration.importId);
    },
    registerOutputs(urn, outputs) {
      const { properties, secrets } = unwrap(outputs, options.projectDirectory);
      registry.setOutputs(urn, properties, secrets, outputs);
    },
    read: (registration, id) => registerCustom(registration, id),
    registrationOfChild: (urn) => registrationOf(known(registry, urn)),
    changeChild(urn, registration) {
      const { properties: inputs } = unwrap(registration.properties, options.projectDirectory);
      const child = known(registry, urn);
      const { protect, ignoreChanges } = registration;
      registry.replace({
        ...child,
        inputs,
        outputs: { ...child.outputs, ...inputs },
        protect,
        ignoreChanges,
      });
    },
    invoke(token, args, provider) {
      if (token === "pulumi:pulumi:getResource") return resourceState(registry, args);
      if (containsUnknown(args)) return null;
      const { properties } = unwrap(args, options.projectDirectory);
      return invokeDataSource(token, properties, providerOf(provider, properties));
    },
  };
}

/** How the SDK makes a live object of a reference to a resource. */
function resourceState(registry: Registry, args: JsonObject): JsonObject {
  const urn = typeof args.urn === "string" ? args.urn : "";
  const known = registry.get(urn);
  if (known === undefined) throw new Error(`unknown resource ${urn}`);
  return { urn, id: known.resource.id ?? "", state: known.state };
}

function known(registry: Registry, urn: string): GraphResource {
  const registered = registry.get(urn);
  if (registered === undefined) throw new Error(`There is no resource ${urn}.`);
  return registered.resource;
}

function registrationOf({ type, name, parent, inputs, protect, ignoreChanges }: GraphResource): Registration {
  return {
    type,
    name,
    parent: parent ?? "",
    custom: true,
    remote: false,
    properties: inputs,
    dependencies: [],
    propertyDependencies: {},
    protect,
    ignoreChanges,
    additionalSecretOutputs: [],
    provider: "",
    importId: "",
  };
}

/** State machines, their published versions and the aliases that lead to versions. */
import { createHash, randomUUID } from "node:crypto";
import type { Clock } from "../clock";
import { ServiceError } from "../service";
import type { Definition } from "./asl";
import type { DefinitionReader } from "./definition";

/** What an execution is started with, and keeps when the state machine changes. */
export interface Revision {
  /** Null before the first update, as on AWS. */
  readonly id: string | null;
  readonly text: string;
  readonly definition: Definition;
  readonly roleArn: string;
  readonly sinceMs: number;
}

export interface Version {
  readonly arn: string;
  readonly number: number;
  readonly description: string | undefined;
  readonly revision: Revision;
  readonly createdMs: number;
}

/** `weight` is a percentage; those of an alias sum up to 100. */
export interface Route {
  readonly stateMachineVersionArn: string;
  readonly weight: number;
}

export interface Alias {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly routes: readonly Route[];
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  revision: Revision;
  /** Version numbers are never used twice. */
  lastVersion: number;
  readonly versions: Map<string, Version>;
  readonly aliases: Map<string, Alias>;
}

/** What an ARN leads to: a machine as it is now, a version, or a version by way of an alias. */
export interface Target {
  readonly machine: Machine;
  readonly revision: Revision;
  readonly version: Version | null;
  readonly alias: Alias | null;
}

export interface MachineDefinition {
  readonly arn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type: string;
}

export interface Machines {
  /** The same definition again gives the machine that exists. */
  create(definition: MachineDefinition): Machine;
  update(arn: string, change: { definition: string | undefined; roleArn: string | undefined }): Machine;
  remove(arn: string): void;
  list(): readonly Machine[];
  /** By the ARN of the machine itself. */
  find(arn: string): Machine;
  /** By any ARN under which an execution can be started. */
  resolve(arn: string): Target;
  /** Publishes the machine as it is now; without `number` the next one. Unchanged, it is the latest version again. */
  publish(
    arn: string,
    options: { description: string | undefined; revisionId: string | undefined; number?: number },
  ): Version;
  createAlias(alias: {
    arn: string;
    name: string;
    description: string | undefined;
    routes: readonly Route[];
  }): Alias;
  findAlias(arn: string): Alias;
}

const NEVER_UPDATED = "INITIAL";

export function createMachines(clock: Clock, read: DefinitionReader, random: () => number): Machines {
  const machines = new Map<string, Machine>();

  function revise(id: string | null, text: string, roleArn: string): Revision {
    return { id, text, definition: read(text), roleArn, sinceMs: clock.now() };
  }

  function find(arn: string): Machine {
    const machine = machines.get(arn);
    if (machine === undefined)
      throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  function findAlias(arn: string): Alias {
    const alias = machines.get(unqualified(arn))?.aliases.get(arn);
    if (alias === undefined)
      throw new ServiceError(
        "ResourceNotFound",
        `Request references a resource that does not exist: '${arn}'`,
      );
    return alias;
  }

  return {
    create({ arn, name, definition, roleArn, type }) {
      if (type !== "STANDARD") {
        const message = `The local cloud runs state machines of type STANDARD, got ${type}: Express workflows support no activities`;
        throw new ServiceError("StateMachineTypeNotSupported", message);
      }
      const revision = revise(null, definition, roleArn);
      const existing = machines.get(arn);
      if (existing !== undefined) {
        if (existing.revision.text === definition && existing.revision.roleArn === roleArn) return existing;
        throw new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
      }
      const machine = {
        arn,
        name,
        createdMs: clock.now(),
        revision,
        lastVersion: 0,
        versions: new Map(),
        aliases: new Map(),
      };
      machines.set(arn, machine);
      return machine;
    },
    update(arn, change) {
      const machine = find(arn);
      const text = change.definition ?? machine.revision.text;
      const roleArn = change.roleArn ?? machine.revision.roleArn;
      if (text !== machine.revision.text || roleArn !== machine.revision.roleArn) {
        machine.revision = revise(randomUUID(), text, roleArn);
      }
      return machine;
    },
    remove(arn) {
      machines.delete(arn);
    },
    list: () => [...machines.values()],
    find,
    resolve(arn) {
      const machine = machines.get(unqualified(arn));
      if (machine === undefined) return { ...target(find(arn)) };
      if (machine.arn === arn) return target(machine);
      const alias = machine.aliases.get(arn) ?? null;
      const version = machine.versions.get(alias === null ? arn : pickRoute(alias, random));
      if (version === undefined)
        throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
      return { machine, revision: version.revision, version, alias };
    },
    publish(arn, { description, revisionId, number }) {
      const machine = find(arn);
      const current = machine.revision.id ?? NEVER_UPDATED;
      if (revisionId !== undefined && revisionId !== current) {
        const message = `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${current}.`;
        throw new ServiceError("ConflictException", message);
      }
      const latest = machine.versions.get(`${arn}:${String(machine.lastVersion)}`);
      if (number === undefined && latest?.revision === machine.revision) return latest;
      const next = number ?? machine.lastVersion + 1;
      const version = {
        arn: `${arn}:${String(next)}`,
        number: next,
        description,
        revision: machine.revision,
        createdMs: clock.now(),
      };
      machine.lastVersion = Math.max(machine.lastVersion, next);
      machine.versions.set(version.arn, version);
      return version;
    },
    createAlias({ arn, name, description, routes }) {
      const machine = find(unqualified(arn));
      assertRoutes(machine, routes);
      const existing = machine.aliases.get(arn);
      if (existing !== undefined) {
        if (sameAlias(existing, description, routes)) return existing;
        throw new ServiceError(
          "ConflictException",
          "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
        );
      }
      const alias = { arn, name, description, routes, createdMs: clock.now(), updatedMs: clock.now() };
      machine.aliases.set(arn, alias);
      return alias;
    },
    findAlias,
  };
}

function target(machine: Machine): Target {
  return { machine, revision: machine.revision, version: null, alias: null };
}

/** The machine's own ARN: a qualifier is an eighth part. */
export function unqualified(arn: string): string {
  return arn.split(":").slice(0, 7).join(":");
}

function pickRoute(alias: Alias, random: () => number): string {
  let left = random() * 100;
  for (const { stateMachineVersionArn, weight } of alias.routes) {
    left -= weight;
    if (left < 0) return stateMachineVersionArn;
  }
  return alias.routes.at(-1)?.stateMachineVersionArn ?? "";
}

/** AWS's rules of a routing configuration, in AWS's words. */
function assertRoutes(machine: Machine, routes: readonly Route[]): void {
  const arns = routes.map((route) => route.stateMachineVersionArn);
  const weights = routes.map((route) => route.weight);
  const refuse = (message: string): never => {
    throw new ServiceError("ValidationException", message);
  };
  if (routes.length < 1 || routes.length > 2)
    refuse("Routing configuration must contain 1 or 2 state machine version ARNs.");
  if (arns.some((arn) => !/:\d+$/.test(arn) || unqualified(arn) !== machine.arn)) {
    refuse(`Routing configuration must contain state machine version ARNs. Received: [${arns.join(", ")}]`);
  }
  if (new Set(arns).size < arns.length) {
    refuse(
      `Routing configuration must contain distinct state machine version ARNs. Received: [${arns.join(", ")}]`,
    );
  }
  if (weights.reduce((sum, weight) => sum + weight, 0) !== 100) {
    refuse(`Sum of routing configuration weights must equal 100. Received: [${weights.join(", ")}]`);
  }
  const unknown = arns.find((arn) => !machine.versions.has(arn));
  if (unknown !== undefined)
    throw new ServiceError(
      "ResourceNotFound",
      `Request references a resource that does not exist: '${unknown}'`,
    );
}

function sameAlias(alias: Alias, description: string | undefined, routes: readonly Route[]): boolean {
  const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
  return alias.description === description && digest(alias.routes) === digest(routes);
}

/** State machines, their revisions and published versions, and what an ARN leads to. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import { findVersion, pickRoute, type Alias } from "./aliases";
import type { Definition } from "../definition/asl";
import type { DefinitionReader, MachineType } from "../definition/definition";
import type { LoggingConfiguration } from "./logging-configuration";
import type { StatesStore } from "../executions/journal";
import { keepMachine, keepRevision, readMachines, readRevisions, revisionsInUse } from "./kept-machines";
import { unqualified } from "./machine-arn";

/** What can be changed of a state machine. */
export interface Settings {
  readonly definition: string;
  readonly roleArn: string;
  readonly logging: LoggingConfiguration;
  readonly tracing: boolean;
}

/** What an execution is started with, and keeps when the state machine changes. */
export interface Revision extends Omit<Settings, "definition"> {
  /** Its own, by which it is kept. */
  readonly key: string;
  /** Null before the first update, as on AWS. */
  readonly id: string | null;
  readonly text: string;
  readonly definition: Definition;
  readonly sinceMs: number;
}

export interface Version {
  readonly arn: string;
  readonly number: number;
  readonly description: string | undefined;
  readonly revision: Revision;
  readonly createdMs: number;
}

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
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
  /** STANDARD or EXPRESS. */
  readonly type: string;
  /** @default off */
  readonly logging?: LoggingConfiguration;
  /** @default false */
  readonly tracing?: boolean;
}

export interface Machines {
  /** The same definition again gives the machine that exists. */
  create(definition: MachineDefinition): Machine;
  /** A change that changes nothing makes no revision. */
  update(arn: string, change: Partial<Settings>): Machine;
  /** Gives what was removed; undefined when there was none. */
  remove(arn: string): Machine | undefined;
  /** As the program declares it: a machine that exists becomes it, by a new revision where it differs. */
  declare(definition: MachineDefinition): Machine;
  list(): readonly Machine[];
  /** By its key; undefined when nothing needs it any more. */
  revision(key: string): Revision | undefined;
  /** Revisions that neither a machine has, nor any of these executions, are kept no longer. */
  dropRevisions(executions: readonly { readonly target: Target }[]): void;
  /** To be told when an alias was changed. */
  changed(machine: Machine): void;
  /** By the ARN of the machine itself. */
  find(arn: string): Machine;
  /** By any ARN under which an execution can be started. */
  resolve(arn: string): Target;
  /**
   * Publishes the machine as it is now. Without `number` as the next version; unchanged, it is the latest one again. With
   * `number` as that one, whatever it was before: executions keep what they were started with.
   */
  publish(
    arn: string,
    options: { description: string | undefined; revisionId: string | undefined; number?: number },
  ): Version;
  /** No version, no error. Throws ConflictException while an alias leads to it. */
  removeVersion(arn: string): void;
}

const NEVER_UPDATED = "INITIAL";
const NO_LOGS: LoggingConfiguration = { level: "OFF", includeExecutionData: false };
/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const VERSIONS_LIMIT = 1000;

export function createMachines(
  clock: Clock,
  read: DefinitionReader,
  random: () => number,
  store: StatesStore | null = null,
): Machines {
  const revisions = readRevisions(store, read);
  const machines = readMachines(store, revisions);

  function revise(id: string | null, type: MachineType, settings: Settings): Revision {
    const { definition: text, ...rest } = settings;
    const definition = read(text, type);
    const revision = { ...rest, key: randomUUID(), id, text, definition, sinceMs: clock.now() };
    if (store !== null) {
      revisions.set(revision.key, revision);
      keepRevision(store, revision, type);
    }
    return revision;
  }

  function keep(machine: Machine): void {
    if (store !== null) keepMachine(store, machine);
  }

  function find(arn: string): Machine {
    const machine = machines.get(arn);
    if (machine === undefined)
      throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  function create({
    arn,
    name,
    type: given,
    definition,
    roleArn,
    logging = NO_LOGS,
    tracing = false,
  }: MachineDefinition): Machine {
    const type = given === "EXPRESS" ? "EXPRESS" : "STANDARD";
    const settings = { definition, roleArn, logging, tracing };
    const revision = revise(null, type, settings);
    const existing = machines.get(arn);
    if (existing !== undefined) {
      if (existing.type === type && sameSettings(existing.revision, settings)) return existing;
      throw new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    const machine = {
      arn,
      name,
      type,
      createdMs: clock.now(),
      revision,
      lastVersion: 0,
      versions: new Map(),
      aliases: new Map(),
    } satisfies Machine;
    machines.set(arn, machine);
    keep(machine);
    return machine;
  }

  function update(arn: string, change: Partial<Settings>): Machine {
    const machine = find(arn);
    const { text, roleArn, logging, tracing } = machine.revision;
    const settings = { definition: text, roleArn, logging, tracing, ...definedOf(change) };
    if (!sameSettings(machine.revision, settings)) {
      machine.revision = revise(randomUUID(), machine.type, settings);
      keep(machine);
    }
    return machine;
  }

  return {
    create,
    declare(definition) {
      const { arn, definition: text, roleArn, logging = NO_LOGS, tracing = false } = definition;
      if (!machines.has(arn)) return create(definition);
      return update(arn, { definition: text, roleArn, logging, tracing });
    },
    update,
    remove(arn) {
      const machine = machines.get(arn);
      machines.delete(arn);
      store?.keep("machine", arn, null);
      return machine;
    },
    revision: (key) => revisions.get(key),
    dropRevisions(executions) {
      const needed = revisionsInUse(machines.values());
      for (const { target } of executions) needed.add(target.revision.key);
      for (const key of [...revisions.keys()].filter((each) => !needed.has(each))) {
        revisions.delete(key);
        store?.keep("revision", key, null);
      }
    },
    changed: keep,
    list: () => [...machines.values()],
    find,
    resolve(arn) {
      const machine = machines.get(unqualified(arn)) ?? find(arn);
      if (machine.arn === arn) return { machine, revision: machine.revision, version: null, alias: null };
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
      const same = number === undefined ? latest : machine.versions.get(`${arn}:${String(number)}`);
      if (same?.revision === machine.revision) return same;
      if (machine.versions.size >= VERSIONS_LIMIT) {
        const message = `A state machine has ${String(VERSIONS_LIMIT)} versions at most; delete one of ${arn}.`;
        throw new ServiceError("ServiceQuotaExceededException", message);
      }
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
      keep(machine);
      return version;
    },
    removeVersion(arn) {
      const found = findVersion(machines.get(unqualified(arn)), arn);
      if (found === null) return;
      const { machine, aliases } = found;
      if (aliases.length > 0) {
        const message = `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${aliases.join(", ")}]`;
        throw new ServiceError("ConflictException", message);
      }
      machine.versions.delete(arn);
      keep(machine);
    },
  };
}

function sameSettings(revision: Revision, { definition, roleArn, logging, tracing }: Settings): boolean {
  return (
    revision.text === definition &&
    revision.roleArn === roleArn &&
    revision.tracing === tracing &&
    isDeepStrictEqual(revision.logging, logging)
  );
}

function definedOf(change: Partial<Settings>): Partial<Settings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

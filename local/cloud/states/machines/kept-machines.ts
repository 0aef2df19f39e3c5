/** State machines, their revisions, versions and aliases as they are kept, and as they are when they come back. */
import type { Json } from "../../../graph";
import type { Alias } from "./aliases";
import type { DefinitionReader, MachineType } from "../definition/definition";
import type { StatesStore } from "../executions/journal";
import type { Machine, Revision, Version } from "./machines";

/** Without what the definition's text gives again. */
interface KeptRevision extends Omit<Revision, "definition"> {
  readonly type: MachineType;
}

interface KeptMachine extends Pick<Machine, "arn" | "name" | "type" | "createdMs" | "lastVersion"> {
  readonly revisionKey: string;
  readonly versions: readonly (Omit<Version, "revision"> & { readonly revisionKey: string })[];
  readonly aliases: readonly Alias[];
}

export function keepRevision(
  store: StatesStore,
  { definition: _, ...revision }: Revision,
  type: MachineType,
): void {
  store.keep("revision", revision.key, { ...revision, type } satisfies KeptRevision as unknown as Json);
}

export function keepMachine(store: StatesStore, machine: Machine): void {
  const { arn, name, type, createdMs, lastVersion, revision, versions, aliases } = machine;
  const kept: KeptMachine = {
    arn,
    name,
    type,
    createdMs,
    lastVersion,
    revisionKey: revision.key,
    versions: [...versions.values()].map(({ revision: its, ...version }) => ({
      ...version,
      revisionKey: its.key,
    })),
    aliases: [...aliases.values()],
  };
  store.keep("machine", arn, kept as unknown as Json);
}

/** By their keys. */
export function readRevisions(store: StatesStore | null, read: DefinitionReader): Map<string, Revision> {
  const kept = (store?.documents("revision") ?? []).map(({ key, value }) => {
    const { type, ...revision } = value as unknown as KeptRevision;
    return [key, { ...revision, definition: read(revision.text, type) }] as const;
  });
  return new Map(kept);
}

/** Those that a state machine or one of its versions has. */
export function revisionsInUse(machines: Iterable<Machine>): Set<string> {
  const used = [...machines].flatMap(({ revision, versions }) => [
    revision.key,
    ...[...versions.values()].map((version) => version.revision.key),
  ]);
  return new Set(used);
}

export function readMachines(
  store: StatesStore | null,
  revisions: ReadonlyMap<string, Revision>,
): Map<string, Machine> {
  const machines = (store?.documents("machine") ?? []).map(({ value }): Machine => {
    const { revisionKey, versions, aliases, ...machine } = value as unknown as KeptMachine;
    return {
      ...machine,
      revision: revisionOf(revisions, revisionKey, machine.arn),
      versions: new Map(
        versions.map(({ revisionKey: key, ...version }) => [
          version.arn,
          { ...version, revision: revisionOf(revisions, key, version.arn) },
        ]),
      ),
      aliases: new Map(aliases.map((alias) => [alias.arn, alias])),
    };
  });
  return new Map(machines.map((machine) => [machine.arn, machine]));
}

function revisionOf(revisions: ReadonlyMap<string, Revision>, key: string, arn: string): Revision {
  const revision = revisions.get(key);
  if (revision === undefined) throw new Error(`The definition of ${arn} was not kept.`);
  return revision;
}

/** Aliases of state machines: names that lead to one version, or to two by weight. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock";
import { ServiceError } from "../../service";
import { unqualified } from "./machine-arn";
import type { Machine, Machines } from "./machines";

/** `weight` is a percentage; those of an alias sum up to 100. */
export interface Route {
  readonly stateMachineVersionArn: string;
  readonly weight: number;
}

export interface Alias {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  description: string | undefined;
  routes: readonly Route[];
  updatedMs: number;
}

type Declared = Pick<Alias, "arn" | "name" | "description" | "routes">;
/** Undefined stays as it is. */
interface Change {
  readonly description: string | undefined;
  readonly routes: readonly Route[] | undefined;
}

export interface Aliases {
  /** The same again gives the alias that exists. */
  create(alias: Declared): Alias;
  /** As the program declares it: one that exists becomes it. */
  declare(alias: Declared): Alias;
  find(arn: string): Alias;
  update(arn: string, change: Change): Alias;
  remove(arn: string): void;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const ALIASES_LIMIT = 100;

export function createAliases(clock: Clock, machines: Machines): Aliases {
  function machineOf(arn: string): Machine | undefined {
    return machines.list().find((machine) => machine.arn === unqualified(arn));
  }

  function find(arn: string): Alias {
    const alias = machineOf(arn)?.aliases.get(arn);
    if (alias === undefined) throw notFound();
    return alias;
  }

  function create({ arn, name, description, routes }: Declared): Alias {
    const machine = machines.find(unqualified(arn));
    assertRoutes(machine, routes);
    const existing = machine.aliases.get(arn);
    if (existing !== undefined) {
      if (existing.description === description && isDeepStrictEqual(existing.routes, routes)) return existing;
      const message =
        "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
      throw new ServiceError("ConflictException", message);
    }
    if (machine.aliases.size >= ALIASES_LIMIT) {
      const message = `A state machine has ${String(ALIASES_LIMIT)} aliases at most; delete one of ${machine.arn}.`;
      throw new ServiceError("ServiceQuotaExceededException", message);
    }
    const now = clock.now();
    const alias = { arn, name, description, routes, createdMs: now, updatedMs: now };
    machine.aliases.set(arn, alias);
    machines.changed(machine);
    return alias;
  }

  function update(arn: string, { description, routes }: Change): Alias {
    const alias = find(arn);
    const machine = machines.find(unqualified(arn));
    if (routes !== undefined) {
      assertRoutes(machine, routes);
      alias.routes = routes;
    }
    alias.description = description ?? alias.description;
    alias.updatedMs = clock.now();
    machines.changed(machine);
    return alias;
  }

  return {
    create,
    declare: (alias) =>
      machineOf(alias.arn)?.aliases.has(alias.arn) === true ? update(alias.arn, alias) : create(alias),
    find,
    update,
    remove(arn) {
      const machine = machineOf(arn);
      if (machine?.aliases.delete(arn) === true) machines.changed(machine);
    },
  };
}

/** The ARN of the version that an execution started now takes. `random` is in [0, 1). */
export function pickRoute(alias: Alias, random: () => number): string {
  let left = random() * 100;
  for (const { stateMachineVersionArn, weight } of alias.routes) {
    left -= weight;
    if (left < 0) return stateMachineVersionArn;
  }
  return alias.routes.at(-1)?.stateMachineVersionArn ?? "";
}

/** A version and the names of the aliases that lead to it; null when there is none. */
export function findVersion(
  machine: Machine | undefined,
  arn: string,
): { readonly machine: Machine; readonly aliases: readonly string[] } | null {
  if (machine?.versions.has(arn) !== true) return null;
  const leading = [...machine.aliases.values()].filter(({ routes }) => leadsTo(routes, arn));
  return { machine, aliases: leading.map(({ name }) => name) };
}

export function leadsTo(routes: readonly Route[], versionArn: string): boolean {
  return routes.some(({ stateMachineVersionArn }) => stateMachineVersionArn === versionArn);
}

/** AWS's rules of a routing configuration, in AWS's words. */
function assertRoutes(machine: Machine, routes: readonly Route[]): void {
  const arns = routes.map((route) => route.stateMachineVersionArn);
  const weights = routes.map((route) => route.weight);
  const refuse = (message: string): never => {
    throw new ServiceError("ValidationException", message);
  };
  if (arns.some((arn) => !/:\d+$/.test(arn) || unqualified(arn) !== machine.arn || arn === machine.arn)) {
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
  if (arns.some((arn) => !machine.versions.has(arn))) throw notFound();
}

function notFound(): ServiceError {
  return new ServiceError("ResourceNotFound", "Request references a resource that does not exist.");
}

/** The operations on versions of state machines, and on the aliases that lead to them. */
import type { Operation } from "../../service";
import { leadsTo, type Alias, type Aliases, type Route } from "./aliases";
import { qualifierOf, unqualified } from "./machine-arn";
import { needsMachine } from "./machine-operations";
import type { Machines, Version } from "./machines";
import { arn, optionalText, page, seconds, text, violation, type Request } from "../request";

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html */
const ALIAS_NAME = /^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]+$/;

export function versionOperations(machines: Machines): Record<string, Operation> {
  return {
    PublishStateMachineVersion: {
      needs: needsMachine("PublishStateMachineVersion"),
      run(request) {
        const options = {
          description: optionalText(request, "description", [0, 256]),
          revisionId: optionalText(request, "revisionId"),
        };
        return versionSummary(machines.publish(text(request, "stateMachineArn"), options));
      },
    },
    ListStateMachineVersions: {
      needs: needsMachine("ListStateMachineVersions"),
      run(request) {
        const { versions } = machines.find(text(request, "stateMachineArn"));
        const latestFirst = [...versions.values()].sort((one, other) => other.number - one.number);
        const { items, nextToken } = page(request, latestFirst);
        return { stateMachineVersions: items.map(versionSummary), nextToken };
      },
    },
    DeleteStateMachineVersion: {
      needs: needsMachine("DeleteStateMachineVersion", "stateMachineVersionArn"),
      run(request) {
        machines.removeVersion(text(request, "stateMachineVersionArn"));
        return {};
      },
    },
  };
}

export function aliasOperations(machines: Machines, aliases: Aliases): Record<string, Operation> {
  const onAlias = (action: string): Operation["needs"] => needsMachine(action, "stateMachineAliasArn");
  return {
    CreateStateMachineAlias: {
      needs: (request) => [
        {
          action: "states:CreateStateMachineAlias",
          resource: unqualified(routesOf(request)?.[0]?.stateMachineVersionArn ?? "*"),
        },
      ],
      run(request) {
        const routes = routesOf(request) ?? [];
        const name = aliasName(request);
        const description = optionalText(request, "description", [0, 256]);
        const machineArn = unqualified(routes[0]?.stateMachineVersionArn ?? "");
        return aliasSummary(aliases.create({ arn: `${machineArn}:${name}`, name, description, routes }));
      },
    },
    DescribeStateMachineAlias: {
      needs: onAlias("DescribeStateMachineAlias"),
      run(request) {
        const alias = aliases.find(text(request, "stateMachineAliasArn"));
        const { name, description, routes: routingConfiguration, updatedMs } = alias;
        return {
          ...aliasSummary(alias),
          name,
          description,
          routingConfiguration,
          updateDate: seconds(updatedMs),
        };
      },
    },
    UpdateStateMachineAlias: {
      needs: onAlias("UpdateStateMachineAlias"),
      run(request) {
        const alias = aliases.update(text(request, "stateMachineAliasArn"), {
          description: optionalText(request, "description", [0, 256]),
          routes: request["routingConfiguration"] === undefined ? undefined : routesOf(request),
        });
        return { updateDate: seconds(alias.updatedMs) };
      },
    },
    DeleteStateMachineAlias: {
      needs: onAlias("DeleteStateMachineAlias"),
      run(request) {
        aliases.remove(text(request, "stateMachineAliasArn"));
        return {};
      },
    },
    ListStateMachineAliases: {
      needs: needsMachine("ListStateMachineAliases"),
      run(request) {
        const wanted = text(request, "stateMachineArn");
        const all = [...machines.find(unqualified(wanted)).aliases.values()];
        const leading =
          qualifierOf(wanted) === undefined ? all : all.filter(({ routes }) => leadsTo(routes, wanted));
        const { items, nextToken } = page(request, leading);
        return { stateMachineAliases: items.map(aliasSummary), nextToken };
      },
    },
  };
}

function aliasName(request: Request): string {
  const name = text(request, "name", [1, 80]);
  if (ALIAS_NAME.test(name)) return name;
  const pattern = String.raw`^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`;
  throw violation(name, "name", `Member must satisfy regular expression pattern: ${pattern}`);
}

function routesOf(request: Request): readonly Route[] | undefined {
  const field = "routingConfiguration";
  const given = request[field];
  if (!Array.isArray(given)) throw violation(null, field, "Member must not be null");
  const routes = given.map((entry: unknown, index): Route => {
    const route = entry as Request;
    const weight = route["weight"];
    const at = `${field}.${String(index + 1)}.member.weight`;
    if (typeof weight !== "number") throw violation(null, at, "Member must not be null");
    if (weight < 0) throw violation(weight, at, "Member must have value greater than or equal to 0");
    if (weight > 100) throw violation(weight, at, "Member must have value less than or equal to 100");
    return { stateMachineVersionArn: arn(route, "stateMachineVersionArn", "stateMachine"), weight };
  });
  const listed = `[${routes
    .map(
      ({ stateMachineVersionArn, weight }) =>
        `RoutingConfigurationListItem(stateMachineVersionArn=${stateMachineVersionArn}, weight=${String(weight)})`,
    )
    .join(", ")}]`;
  if (routes.length === 0)
    throw violation(listed, field, "Member must have length greater than or equal to 1");
  if (routes.length > 2) throw violation(listed, field, "Member must have length less than or equal to 2");
  return routes;
}

function versionSummary({ arn: stateMachineVersionArn, createdMs }: Version): object {
  return { stateMachineVersionArn, creationDate: seconds(createdMs) };
}

function aliasSummary({ arn: stateMachineAliasArn, createdMs }: Alias): object {
  return { stateMachineAliasArn, creationDate: seconds(createdMs) };
}

/** The operations on state machines, their versions and aliases. */
import { ServiceError, type Operation } from "../service";
import {
  unqualified,
  type Alias,
  type Machine,
  type Machines,
  type Revision,
  type Route,
  type Version,
} from "./machines";
import { arn, flag, invalid, name, optionalText, page, seconds, text, type Request } from "./request";
import type { Tags } from "./tags";

export function machineOperations(
  machines: Machines,
  tags: Tags,
  arnPrefix: string,
): Record<string, Operation> {
  const arnOf = (request: Request): string => `${arnPrefix}:stateMachine:${name(text(request, "name"))}`;
  const onMachine = (action: string) => (request: Request) => [
    { action: `states:${action}`, resource: unqualified(arn(request, "stateMachineArn", "stateMachine")) },
  ];
  return {
    CreateStateMachine: {
      needs: (request) => [{ action: "states:CreateStateMachine", resource: arnOf(request) }],
      run(request) {
        const machine = machines.create({
          arn: arnOf(request),
          name: text(request, "name"),
          definition: text(request, "definition", [1, 1_048_576]),
          roleArn: roleOf(request) ?? text(request, "roleArn"),
          type: optionalText(request, "type") ?? "STANDARD",
        });
        tags.add(machine.arn, request["tags"]);
        return {
          stateMachineArn: machine.arn,
          creationDate: seconds(machine.createdMs),
          ...published(machines, machine, request),
        };
      },
    },
    UpdateStateMachine: {
      needs: onMachine("UpdateStateMachine"),
      run(request) {
        const change = {
          definition: optionalText(request, "definition", [1, 1_048_576]),
          roleArn: roleOf(request),
        };
        if (
          change.definition === undefined &&
          change.roleArn === undefined &&
          !flag(request, "publish", false)
        ) {
          const wanted =
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified";
          throw new ServiceError("MissingRequiredParameter", wanted);
        }
        const machine = machines.update(text(request, "stateMachineArn"), change);
        const { id, sinceMs } = machine.revision;
        return {
          updateDate: seconds(sinceMs),
          revisionId: id ?? undefined,
          ...published(machines, machine, request),
        };
      },
    },
    DeleteStateMachine: {
      needs: onMachine("DeleteStateMachine"),
      run(request) {
        machines.remove(text(request, "stateMachineArn"));
        return {};
      },
    },
    DescribeStateMachine: {
      needs: onMachine("DescribeStateMachine"),
      run(request) {
        const { machine, revision, version } = machines.resolve(text(request, "stateMachineArn"));
        return {
          stateMachineArn: version?.arn ?? machine.arn,
          name: machine.name,
          status: "ACTIVE",
          type: "STANDARD",
          ...describeRevision(revision),
          description: version?.description,
          creationDate: seconds(version?.createdMs ?? machine.createdMs),
        };
      },
    },
    ListStateMachines: {
      needs: () => [{ action: "states:ListStateMachines", resource: "*" }],
      run(request) {
        const { items, nextToken } = page(request, machines.list());
        return { stateMachines: items.map(summary), nextToken };
      },
    },
    PublishStateMachineVersion: {
      needs: onMachine("PublishStateMachineVersion"),
      run(request) {
        const options = {
          description: optionalText(request, "description", [0, 256]),
          revisionId: optionalText(request, "revisionId"),
        };
        return versionSummary(machines.publish(text(request, "stateMachineArn"), options));
      },
    },
    ListStateMachineVersions: {
      needs: onMachine("ListStateMachineVersions"),
      run(request) {
        const { versions } = machines.find(text(request, "stateMachineArn"));
        const { items, nextToken } = page(
          request,
          [...versions.values()].sort((one, other) => other.number - one.number),
        );
        return { stateMachineVersions: items.map(versionSummary), nextToken };
      },
    },
    CreateStateMachineAlias: {
      needs: (request) => [
        { action: "states:CreateStateMachineAlias", resource: routesOf(request).machineArn },
      ],
      run(request) {
        const { machineArn, routes } = routesOf(request);
        const aliasName = text(request, "name", [1, 80]);
        if (!/^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]+$/.test(aliasName)) {
          throw invalid(
            `1 validation error detected: Value '${aliasName}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$`,
          );
        }
        const description = optionalText(request, "description", [0, 256]);
        return aliasSummary(
          machines.createAlias({ arn: `${machineArn}:${aliasName}`, name: aliasName, description, routes }),
        );
      },
    },
    DescribeStateMachineAlias: {
      needs: (request) => [
        {
          action: "states:DescribeStateMachineAlias",
          resource: unqualified(arn(request, "stateMachineAliasArn", "stateMachine")),
        },
      ],
      run(request) {
        const alias = machines.findAlias(text(request, "stateMachineAliasArn"));
        const { name: aliasName, description, routes: routingConfiguration, updatedMs } = alias;
        return {
          ...aliasSummary(alias),
          name: aliasName,
          description,
          routingConfiguration,
          updateDate: seconds(updatedMs),
        };
      },
    },
    ListStateMachineAliases: {
      needs: onMachine("ListStateMachineAliases"),
      run(request) {
        const wanted = text(request, "stateMachineArn");
        const aliases = [...machines.find(unqualified(wanted)).aliases.values()].filter(
          ({ routes }) =>
            wanted === unqualified(wanted) || routes.some((route) => route.stateMachineVersionArn === wanted),
        );
        const { items, nextToken } = page(request, aliases);
        return { stateMachineAliases: items.map(aliasSummary), nextToken };
      },
    },
  };
}

/** The fields that every description of a state machine has. */
export function describeRevision({ id, text: definition, roleArn }: Revision): object {
  return {
    definition,
    roleArn,
    revisionId: id ?? undefined,
    loggingConfiguration: { level: "OFF", includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
}

function roleOf(request: Request): string | undefined {
  const role = optionalText(request, "roleArn", [1, 256]);
  if (role !== undefined && !role.startsWith("arn:"))
    throw new ServiceError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${role}'`);
  return role;
}

function published(machines: Machines, machine: Machine, request: Request): object {
  if (!flag(request, "publish", false)) return {};
  const description = optionalText(request, "versionDescription", [0, 256]);
  return {
    stateMachineVersionArn: machines.publish(machine.arn, { description, revisionId: undefined }).arn,
  };
}

function routesOf(request: Request): { machineArn: string; routes: readonly Route[] } {
  const configuration = request["routingConfiguration"];
  if (!Array.isArray(configuration) || configuration.length === 0)
    throw invalid("routingConfiguration must name 1 or 2 versions");
  const routes = configuration.map((entry: unknown): Route => {
    const route = entry as Request;
    const weight = route["weight"];
    if (typeof weight !== "number" || weight < 0 || weight > 100)
      throw invalid(`The weight of a route is 0 to 100, got ${String(weight)}`);
    return { stateMachineVersionArn: arn(route, "stateMachineVersionArn", "stateMachine"), weight };
  });
  return { machineArn: unqualified(routes[0]?.stateMachineVersionArn ?? ""), routes };
}

function summary({ arn: stateMachineArn, name: machineName, createdMs }: Machine): object {
  return { stateMachineArn, name: machineName, type: "STANDARD", creationDate: seconds(createdMs) };
}

function versionSummary({ arn: stateMachineVersionArn, createdMs }: Version): object {
  return { stateMachineVersionArn, creationDate: seconds(createdMs) };
}

function aliasSummary({ arn: stateMachineAliasArn, createdMs }: Alias): object {
  return { stateMachineAliasArn, creationDate: seconds(createdMs) };
}

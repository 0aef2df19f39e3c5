/** The operations on state machines. */
import { ServiceError, type Operation } from "../../service";
import { diagnose } from "../definition/definition";
import { jsonProblem } from "../expressions/json-problem";
import { readLogging } from "./logging-configuration";
import { qualifierOf, unqualified } from "./machine-arn";
import type { Machine, Machines, Revision, Settings } from "./machines";
import { arn, flag, invalid, name, oneOf, optionalText, page, seconds, text, type Request } from "../request";
import type { Tags } from "./tags";
import { variableReferences } from "../definition/variable-references";

/** In UTF-16 units. @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
const DEFINITION = [1, 1_048_576] as const;
const TYPES = ["STANDARD", "EXPRESS"] as const;
/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html */
const MOST_DIAGNOSTICS = 100;

/**
 * What judges the right to an operation on a state machine. A version or alias is judged as its state machine; the
 * qualifier is a condition key. @see https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
 */
export function needsMachine(action: string, field = "stateMachineArn"): Operation["needs"] {
  return (request) => {
    const machineArn = arn(request, field, "stateMachine");
    const qualifier = qualifierOf(machineArn);
    const context = qualifier === undefined ? {} : { context: { "states:StateMachineQualifier": qualifier } };
    return [{ action: `states:${action}`, resource: unqualified(machineArn), ...context }];
  };
}

export function machineOperations(
  machines: Machines,
  tags: Tags,
  options: { readonly arnPrefix: string; readonly onRemoved: (machine: Machine) => void },
): Record<string, Operation> {
  const arnOf = (request: Request): string =>
    `${options.arnPrefix}:stateMachine:${name(text(request, "name"))}`;
  return {
    CreateStateMachine: {
      needs: (request) => [{ action: "states:CreateStateMachine", resource: arnOf(request) }],
      run(request) {
        const settings = settingsOf(request);
        const machine = machines.create({
          ...settings,
          arn: arnOf(request),
          name: text(request, "name"),
          definition: settings.definition ?? text(request, "definition"),
          roleArn: settings.roleArn ?? text(request, "roleArn"),
          type: oneOf(optionalText(request, "type") ?? "STANDARD", "type", TYPES),
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
      needs: needsMachine("UpdateStateMachine"),
      run(request) {
        const change = settingsOf(request);
        if (Object.keys(change).length === 0 && !flag(request, "publish", false)) {
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
      needs: needsMachine("DeleteStateMachine"),
      run(request) {
        const removed = machines.remove(text(request, "stateMachineArn"));
        if (removed !== undefined) options.onRemoved(removed);
        return {};
      },
    },
    DescribeStateMachine: {
      needs: needsMachine("DescribeStateMachine"),
      run(request) {
        const { machine, revision, version } = machines.resolve(text(request, "stateMachineArn"));
        return {
          stateMachineArn: version?.arn ?? machine.arn,
          name: machine.name,
          status: "ACTIVE",
          type: machine.type,
          ...describeRevision(revision, metadataOnly(request)),
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
    ValidateStateMachineDefinition: {
      needs: () => [{ action: "states:ValidateStateMachineDefinition", resource: "*" }],
      run: validate,
    },
  };
}

/** The fields that every description of a state machine has. */
export function describeRevision(revision: Revision, withoutDefinition: boolean): object {
  return {
    ...(withoutDefinition ? {} : { definition: revision.text }),
    roleArn: revision.roleArn,
    revisionId: revision.id ?? undefined,
    loggingConfiguration: revision.logging,
    tracingConfiguration: { enabled: revision.tracing },
    encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    variableReferences: variableReferences(revision.definition),
  };
}

/** `includedData`: whether a description leaves out what may be encrypted. */
export function metadataOnly(request: Request): boolean {
  const included = optionalText(request, "includedData") ?? "ALL_DATA";
  return oneOf(included, "includedData", ["ALL_DATA", "METADATA_ONLY"]) === "METADATA_ONLY";
}

function settingsOf(request: Request): Partial<Settings> {
  const definition = optionalText(request, "definition", DEFINITION);
  const roleArn = optionalText(request, "roleArn", [1, 256]);
  if (roleArn !== undefined && !roleArn.startsWith("arn:"))
    throw new ServiceError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${roleArn}'`);
  const logging = readLogging(request);
  const tracing = request["tracingConfiguration"];
  return {
    ...(definition === undefined ? {} : { definition }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(logging === undefined ? {} : { logging }),
    ...(tracing === undefined || tracing === null
      ? {}
      : { tracing: flag(tracing as Request, "enabled", false) }),
  };
}

function published(machines: Machines, machine: Machine, request: Request): object {
  const description = optionalText(request, "versionDescription", [0, 256]);
  if (!flag(request, "publish", false)) {
    if (description !== undefined) throw invalid("Version description can only be set when publish is true");
    return {};
  }
  return {
    stateMachineVersionArn: machines.publish(machine.arn, { description, revisionId: undefined }).arn,
  };
}

/** `severity` WARNING asks for what this check does not look for: warnings. */
function validate(request: Request): object {
  const definition = text(request, "definition", [0, DEFINITION[1]]);
  const type = oneOf(optionalText(request, "type") ?? "STANDARD", "type", TYPES);
  oneOf(optionalText(request, "severity") ?? "ERROR", "severity", ["ERROR", "WARNING"]);
  const asked = request["maxResults"];
  const most = typeof asked === "number" && asked > 0 ? Math.min(asked, MOST_DIAGNOSTICS) : MOST_DIAGNOSTICS;
  const mistakes = diagnose(definition, type).map((mistake) =>
    mistake.code === "INVALID_JSON_DESCRIPTION" ? notJson(definition, mistake.message) : mistake,
  );
  return {
    result: mistakes.length === 0 ? "OK" : "FAIL",
    diagnostics: mistakes.slice(0, most).map((mistake) => ({ severity: "ERROR", ...mistake })),
    truncated: mistakes.length > most,
  };
}

function notJson(
  definition: string,
  otherwise: string,
): { code: string; message: string; location?: string } {
  const code = "INVALID_JSON_DESCRIPTION";
  const problem = jsonProblem(definition);
  if (problem === null) return { code, message: otherwise };
  const { message, line, column } = problem;
  const location = `[Source: (String)${JSON.stringify(definition)}; line: ${String(line)}, column: ${String(column)}]`;
  return { code, message: `${message}\n at ${location}`, location };
}

function summary({ arn: stateMachineArn, name: machineName, type, createdMs }: Machine): object {
  return { stateMachineArn, name: machineName, type, creationDate: seconds(createdMs) };
}

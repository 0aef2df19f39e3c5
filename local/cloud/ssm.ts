/** SSM's Parameter Store: the parameters of the graph, and those that programs put. */
import { z } from "zod";
import type { Access, AccessRequest } from "./access";
import type { Clock } from "./clock";
import { answeringWhenCommitted, type Keeper } from "./keeper";
import { jsonService, ServiceError, type Operation, type Service } from "./service";
import { typedOperation } from "./typed-operation";

export interface Ssm {
  readonly service: Service;
  /**
   * Of the program. What was put since by call stays as long as the program says the same, as after a deployment that has
   * nothing to change.
   */
  putParameter(parameter: {
    readonly name: string;
    readonly type: ParameterType;
    readonly value: string;
  }): void;
  /** The value; null when there is no such parameter. */
  valueOf(name: string): string | null;
}

export type ParameterType = z.infer<typeof parameterType>;

const parameterType = z.enum(["String", "StringList", "SecureString"]);

interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: string;
  readonly version: number;
  readonly modifiedMs: number;
  /** What the program said last; null for a parameter that was put by call alone. */
  readonly declared: string | null;
}

/** The kind of documents that tell of parameters. */
const PARAMETER = "parameter";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const MAX_NAMES = 10;
const MAX_VALUE_BYTES = { Standard: 4096, Advanced: 8192, "Intelligent-Tiering": 8192 };

const getParameter = z.object({ Name: z.string().min(1), WithDecryption: z.boolean().nullish() });
const getParameters = z.object({
  Names: z.array(z.string()).min(1).max(MAX_NAMES),
  WithDecryption: z.boolean().nullish(),
});
const byPath = z.object({
  Path: z.string().startsWith("/"),
  Recursive: z.boolean().default(false),
  MaxResults: z.int().min(1).max(MAX_NAMES).default(MAX_NAMES),
  NextToken: z.string().optional(),
});
const putParameter = z.object({
  Name: z.string().min(1),
  Value: z.string().min(1),
  Type: parameterType.optional(),
  Overwrite: z.boolean().default(false),
  Tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).default("Standard"),
});

export function createSsm(options: {
  readonly access: Access;
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** What outlives the process. @default nothing */
  readonly keeper?: Keeper | undefined;
}): Ssm {
  const { access, clock, keeper = null } = options;
  const kept = keeper?.documents(PARAMETER) ?? [];
  const parameters = new Map(kept.map(({ key, value }) => [key, value as unknown as Parameter]));
  const arnOf = (name: string): string =>
    `arn:aws:ssm:${options.region}:${options.accountId}:parameter/${name.replace(/^\//, "")}`;
  const write = (name: string, type: ParameterType, value: string, declared: string | null): number => {
    const version = (parameters.get(name)?.version ?? 0) + 1;
    const parameter = { name, type, value, version, modifiedMs: clock.now(), declared };
    parameters.set(name, parameter);
    keeper?.keep(PARAMETER, name, parameter);
    return version;
  };
  const written = ({ name, type, value, version, modifiedMs }: Parameter): object => ({
    ARN: arnOf(name),
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    DataType: "text",
    LastModifiedDate: modifiedMs / 1000,
  });
  /** A name may be an ARN. */
  const find = (name: string): Parameter | undefined =>
    parameters.get(name) ?? [...parameters.values()].find((each) => arnOf(each.name) === name);
  const needs = (action: string, names: readonly string[]): readonly AccessRequest[] =>
    names.map((name) => ({
      action: `ssm:${action}`,
      resource: name.startsWith("arn:") ? name : arnOf(name),
    }));

  const operations: Record<string, Operation> = {
    GetParameter: operation(
      getParameter,
      ({ Name }) => needs("GetParameter", [Name]),
      ({ Name }) => {
        const parameter = find(Name);
        if (parameter === undefined) throw notFound(Name);
        return { Parameter: written(parameter) };
      },
    ),
    GetParameters: operation(
      getParameters,
      ({ Names }) => needs("GetParameters", Names),
      ({ Names }) => ({
        Parameters: Names.flatMap((name) => {
          const parameter = find(name);
          return parameter === undefined ? [] : [written(parameter)];
        }),
        InvalidParameters: Names.filter((name) => find(name) === undefined),
      }),
    ),
    GetParametersByPath: operation(
      byPath,
      ({ Path }) => needs("GetParametersByPath", [Path]),
      ({ Path, Recursive, MaxResults, NextToken }) => {
        const prefix = Path.endsWith("/") ? Path : `${Path}/`;
        const below = [...parameters.values()]
          .filter(({ name }) => name.startsWith(prefix))
          .filter(({ name }) => Recursive || !name.slice(prefix.length).includes("/"));
        const next = Number(NextToken ?? 0) + MaxResults;
        return {
          Parameters: below.slice(next - MaxResults, next).map(written),
          ...(below.length > next ? { NextToken: String(next) } : {}),
        };
      },
    ),
    PutParameter: operation(
      putParameter,
      ({ Name }) => needs("PutParameter", [Name]),
      ({ Name, Value, Type, Overwrite, Tier }) => {
        const existing = parameters.get(Name);
        if (existing !== undefined && !Overwrite) {
          const message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
          throw new ServiceError("ParameterAlreadyExists", message);
        }
        const type = Type ?? existing?.type;
        if (type === undefined)
          throw new ServiceError(
            "ValidationException",
            "A parameter type is required when you create a parameter.",
          );
        if (Buffer.byteLength(Value) > MAX_VALUE_BYTES[Tier]) {
          const message = `${Tier} tier parameters support a maximum parameter value of ${String(MAX_VALUE_BYTES[Tier])} characters.`;
          throw new ServiceError("ValidationException", message);
        }
        return { Version: write(Name, type, Value, existing?.declared ?? null), Tier };
      },
    ),
  };

  return {
    service: answeringWhenCommitted(
      jsonService(access, { signingName: "ssm", targetPrefix: "AmazonSSM", version: "1.1", operations }),
      keeper,
    ),
    putParameter({ name, type, value }) {
      const declared = JSON.stringify({ type, value });
      if (parameters.get(name)?.declared !== declared) write(name, type, value, declared);
    },
    valueOf: (name) => parameters.get(name)?.value ?? null,
  };
}

function operation<T>(
  schema: z.ZodType<T>,
  needs: (input: T) => readonly AccessRequest[],
  run: (input: T) => object,
): Operation {
  return typedOperation("ValidationException", schema, { needs, run });
}

function notFound(name: string): ServiceError {
  return new ServiceError("ParameterNotFound", `Parameter ${name} not found.`);
}

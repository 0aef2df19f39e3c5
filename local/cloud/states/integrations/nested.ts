/** `states:startExecution`: an execution within an execution, and the actions of Step Functions by the SDK. */
import type { Json } from "../../../graph";
import type { Clock } from "../../clock";
import type { JsonObject } from "../definition/asl";
import { isObject } from "../expressions/json-path";
import type { TaskEnd } from "../activities/task-end";
import { withMetadata, type Integration } from "./integration";
import { callJson, type CallContext, type FindService } from "./service-call";
import { optimizedFailure, sdkFailure } from "./service-failure";

/** What is asked of executions beyond their API. */
export interface EndedExecutions {
  /** Resolves when the execution has ended, or the signal aborts. */
  whenEnded(executionArn: string, signal: AbortSignal): Promise<void>;
}

export function createStartExecution(
  services: FindService,
  executions: EndedExecutions,
  clock: Clock,
): Integration {
  const call = (operation: string, input: JsonObject, context: CallContext): ReturnType<typeof callJson> =>
    callJson(services, { signingName: "states", target: `AWSStepFunctions.${operation}` }, input, context);

  async function describe(executionArn: string, context: CallContext): Promise<JsonObject> {
    const { output } = await call("DescribeExecution", { executionArn }, context);
    const fields = Object.entries(output).filter(([name]) => !NOT_TOLD.has(name));
    return Object.fromEntries(fields.map(([name, value]) => [capital(name), written(name, value)]));
  }

  return {
    async call(parameters, context) {
      const input = {
        stateMachineArn: parameters["StateMachineArn"] ?? null,
        name: parameters["Name"] ?? null,
        input: inputText(parameters["Input"]),
      };
      try {
        const { output, answer } = await call("StartExecution", input, context);
        const told = { ExecutionArn: output["executionArn"] ?? null, StartDate: ms(output["startDate"]) };
        const { requestId } = answer;
        return withMetadata(told, { contentType: "application/x-amz-json-1.0", requestId, now: clock.now() });
      } catch (error) {
        throw optimizedFailure("states", error);
      }
    },
    async finish(answer, pattern, context): Promise<TaskEnd> {
      const executionArn = String(answer["ExecutionArn"]);
      await executions.whenEnded(executionArn, context.signal);
      // The parent was stopped, or the state took too long: AWS stops what it waited for, as far as the role may.
      if (context.signal.aborted) {
        const unstoppable = { ...context, signal: new AbortController().signal };
        await call("StopExecution", { executionArn }, unstoppable).catch(() => undefined);
        return { kind: "failure", error: undefined, cause: undefined };
      }
      const told = await describe(executionArn, context).catch((error: unknown) => {
        throw optimizedFailure("states", error);
      });
      if (told["Status"] !== "SUCCEEDED")
        return { kind: "failure", error: "States.TaskFailed", cause: JSON.stringify(told) };
      return { kind: "success", output: JSON.stringify(pattern === "sync:2" ? parsed(told) : told) };
    },
  };
}

/** `startExecution` as `Sfn` has it: fields with a capital, instants as text. */
export function createSdkSfn(services: FindService, operation: string): Integration {
  return {
    async call(parameters, context) {
      const input = Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [
          `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
          TEXTS.has(name) && typeof value !== "string" ? JSON.stringify(value ?? {}) : value,
        ]),
      );
      try {
        const target = { signingName: "states", target: `AWSStepFunctions.${operation}` };
        const { output } = await callJson(services, target, input, context);
        return Object.fromEntries(
          Object.entries(output).map(([name, value]) => [
            capital(name),
            name.endsWith("Date") ? new Date(ms(value)).toISOString() : value,
          ]),
        );
      } catch (error) {
        throw sdkFailure("sfn", error);
      }
    },
  };
}

/** Fields of the SDK that are text on the wire: JSON given for them is written out. */
const TEXTS: ReadonlySet<string> = new Set(["Input", "Output"]);

/** Fields of DescribeExecution that integrations leave out. */
const NOT_TOLD: ReadonlySet<string> = new Set([
  "redriveCount",
  "redriveDate",
  "redriveStatus",
  "redriveStatusReason",
]);

function inputText(input: Json | undefined): string {
  return typeof input === "string" ? input : JSON.stringify(input ?? {});
}

function written(name: string, value: Json): Json {
  if (name.endsWith("Date")) return ms(value);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, its]) => [capital(inner), its]));
}

/** `.sync:2` gives input and output as JSON, `.sync` as text. */
function parsed(told: JsonObject): JsonObject {
  const parse = (value: Json | undefined): Json => JSON.parse(String(value)) as Json;
  return {
    ...told,
    ...("Input" in told ? { Input: parse(told["Input"]) } : {}),
    ...("Output" in told ? { Output: parse(told["Output"]) } : {}),
  };
}

function capital(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function ms(seconds: Json | undefined): number {
  return Math.round(Number(seconds) * 1000);
}

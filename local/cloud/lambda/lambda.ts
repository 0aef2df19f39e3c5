/** Lambda: the Invoke operation on the wire, and the invoker that Step Functions and the Scheduler call. */
import { randomUUID } from "node:crypto";
import type { Outcome } from "../../../worker/outcome";
import type { Access, AccessRequest, Principal } from "../access";
import {
  DEFAULT_ASYNC_SETTINGS,
  invokeAsynchronously,
  type AsyncInvocationsOptions,
  type AsyncSettings,
  type Attempt,
} from "./async-invocations";
import type { ExecutionEnvironments } from "./execution-environments";
import { answer, parsePayload } from "./wire";
import { ServiceError, type CloudRequest, type CloudResponse, type Service } from "../service";

/** Invokes a function on a role's behalf; the outcome is the function's, or Lambda's own failure by Lambda's name. */
export interface Invoker {
  invoke(
    functionArn: string,
    payload: string,
    caller: Principal,
    signal: AbortSignal,
    requestId?: string,
  ): Promise<Outcome>;
}

/** Hands a function an event that nobody waits for. */
export interface EventInvoker {
  /** Rejects with ServiceError when Lambda does not take the event; resolves with its last outcome when it is done with it. */
  handOver(
    functionArn: string,
    payload: string,
    caller: Principal,
    signal: AbortSignal,
    context?: AccessRequest["context"],
  ): Promise<Outcome>;
}

export interface Lambda {
  readonly service: Service;
  readonly invoker: Invoker & EventInvoker;
  addFunction(definition: LambdaDefinition, environments: ExecutionEnvironments): void;
  /** By name or ARN; false: there is no such function. */
  configureAsync(functionReference: string, settings: Partial<AsyncSettings>): boolean;
  /** Ends every execution environment; asynchronous invocations that still run are given up. */
  close(): Promise<void>;
}

/** What Lambda needs to know of a function to invoke it. */
export interface LambdaDefinition {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** How many invocations may run at once; null: no bound of its own. */
  readonly reservedConcurrency: number | null;
  /** ARN of the older kind of dead-letter queue. */
  readonly deadLetterArn: string | null;
}

export interface LambdaOptions extends AsyncInvocationsOptions {
  readonly access: Access;
}

const RATE_EXCEEDED = "Rate Exceeded.";
const INVOCATIONS_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

interface LambdaFunction {
  readonly definition: LambdaDefinition;
  readonly environments: ExecutionEnvironments;
  asyncSettings: AsyncSettings;
  running: number;
}

export function createLambda(options: LambdaOptions): Lambda {
  const { access } = options;
  const functions = new Map<string, LambdaFunction>();
  const closing = new AbortController();
  const find = (reference: string): LambdaFunction => {
    const found = functions.get(functionName(reference));
    if (found === undefined)
      throw new ServiceError("ResourceNotFoundException", `Function not found: ${reference}`, 404);
    return found;
  };

  async function run(
    target: LambdaFunction,
    payload: string,
    signal: AbortSignal,
    requestId?: string,
  ): Promise<Attempt> {
    const { reservedConcurrency } = target.definition;
    if (reservedConcurrency !== null && target.running >= reservedConcurrency) return { kind: "throttled" };
    target.running += 1;
    try {
      return await target.environments.run(payload, signal, requestId);
    } finally {
      target.running -= 1;
    }
  }

  function queue(target: LambdaFunction, payload: string, signal: AbortSignal): Promise<Outcome> {
    const { arn, roleArn, name } = target.definition;
    return invokeAsynchronously(
      {
        arn,
        settings: target.asyncSettings,
        role: { arn: roleArn, sessionName: name },
        run: (event, whileWanted) => run(target, event, whileWanted),
      },
      payload,
      options,
      signal,
    );
  }

  async function invokeOnWire(request: CloudRequest, reference: string): Promise<CloudResponse> {
    const type = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
    const target = find(reference);
    access.use(request.caller, { action: "lambda:InvokeFunction", resource: target.definition.arn });
    if (type === "DryRun") return { status: 204 };
    if (type !== "RequestResponse" && type !== "Event") {
      throw new ServiceError(
        "InvalidParameterValueException",
        `InvocationType is RequestResponse, Event or DryRun, got ${type}.`,
      );
    }
    const payload = parsePayload(request.body, type);
    if (type === "Event") {
      void queue(target, payload, closing.signal);
      return { status: 202 };
    }
    const attempt = await run(target, payload, request.signal);
    if (attempt.kind === "throttled") throw new ServiceError("TooManyRequestsException", RATE_EXCEEDED, 429);
    return answer(attempt);
  }

  return {
    service: {
      signingName: "lambda",
      async handle(request) {
        const requestId = { "x-amzn-RequestId": randomUUID() };
        try {
          const reference = INVOCATIONS_PATH.exec(request.path)?.[1];
          if (request.method !== "POST" || reference === undefined) {
            throw new ServiceError(
              "UnknownOperationException",
              `The local cloud's Lambda has Invoke alone, not ${request.method} ${request.path}. ` +
                "Functions come from the program that npm start runs, or from the file that npm run local takes as --functions.",
              404,
            );
          }
          const response = await invokeOnWire(request, decodeURIComponent(reference));
          return { ...response, headers: { ...response.headers, ...requestId } };
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          const body = JSON.stringify({ Type: "User", Message: error.message });
          const headers = {
            "Content-Type": "application/json",
            "x-amzn-ErrorType": error.code,
            ...requestId,
          };
          return { status: error.status, headers, body };
        }
      },
    },
    invoker: {
      async invoke(functionArn, payload, caller, signal, requestId) {
        access.use(caller, { action: "lambda:InvokeFunction", resource: functionArn });
        const target = functions.get(functionName(functionArn));
        if (target === undefined) {
          return {
            kind: "failure",
            error: "Lambda.ResourceNotFoundException",
            cause: `Function not found: ${functionArn}`,
          };
        }
        const whileWanted = AbortSignal.any([signal, closing.signal]);
        const attempt = await run(target, payload, whileWanted, requestId);
        return attempt.kind === "throttled"
          ? { kind: "failure", error: "Lambda.TooManyRequestsException", cause: RATE_EXCEEDED }
          : attempt;
      },
      async handOver(functionArn, payload, caller, signal, context) {
        const request = { action: "lambda:InvokeFunction", resource: functionArn };
        access.use(caller, context === undefined ? request : { ...request, context });
        return queue(find(functionArn), payload, AbortSignal.any([signal, closing.signal]));
      },
    },
    addFunction(definition, environments) {
      const asyncSettings = { ...DEFAULT_ASYNC_SETTINGS, deadLetter: definition.deadLetterArn };
      functions.set(definition.name, { definition, environments, asyncSettings, running: 0 });
    },
    configureAsync(reference, settings) {
      const target = functions.get(functionName(reference));
      if (target === undefined) return false;
      target.asyncSettings = { ...target.asyncSettings, ...settings };
      return true;
    },
    async close() {
      closing.abort();
      await Promise.all([...functions.values()].map(({ environments }) => environments.close()));
    },
  };
}

/** NAME, ACCOUNT:function:NAME or a whole ARN, each with or without a version or alias behind it. */
function functionName(reference: string): string {
  const words = reference.split(":");
  const marker = words.indexOf("function");
  return words[marker + 1] ?? reference;
}

/** Runs one execution from its start, or from where it stopped, to its end. */
import type { Json } from "../../../graph";
import type { Principal } from "../../access";
import type { Clock } from "../../clock";
import type { Outcome } from "../../../../worker/outcome";
import type { JsonObject } from "../definition/asl";
import { manyListeners, type Branch, type Surroundings } from "../branch";
import { newCheckpoint } from "./checkpoint";
import type { Execution, ExecutionStatus } from "./execution";
import { HistoryFull, HISTORY_LIMIT_EVENTS, type Details } from "./history";
import { runGraph } from "../run";
import { Aborted, type Failure } from "../state-error";
import { createVariables } from "../expressions/variables";

/** Calls a Lambda function on a role's behalf; whoever answers judges and records the access. */
export interface Invoker {
  /** `requestId`: by which logs name the invocation. @default a new one */
  invoke(
    functionArn: string,
    payload: string,
    caller: Principal,
    signal: AbortSignal,
    requestId?: string,
  ): Promise<Outcome>;
}

/** What is the same for all executions. */
export interface RunOptions {
  readonly clock: Clock;
  readonly surroundings: Omit<
    Surroundings,
    "clock" | "invoke" | "caller" | "machineArn" | "startChild" | "childrenOf" | "execution"
  >;
  readonly invoker: Invoker;
}

/** An event that ends an execution, and what it leaves. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, "RUNNING">;
  readonly event: string;
  readonly previousEventId: number;
  readonly output?: string;
  readonly failure?: Failure;
}

/** `end` is heard once or more; the first counts. Never rejects. */
export async function runExecution(
  execution: Execution,
  { clock, surroundings, invoker }: RunOptions,
  children: Pick<Surroundings, "startChild" | "childrenOf">,
  end: (how: ExecutionEnd) => void,
): Promise<void> {
  const { target, definition, live } = execution;
  if (live === null) return;
  const caller = { arn: target.revision.roleArn };
  const input = JSON.parse(execution.input) as Json;
  execution.checkpoint ??= newCheckpoint(createVariables());
  const branch: Branch = {
    surroundings: {
      ...surroundings,
      clock,
      caller,
      machineArn: target.machine.arn,
      ...children,
      execution,
      invoke: (arn, payload, signal, { as = caller, requestId }) =>
        invoker.invoke(arn, payload, as, signal, requestId),
    },
    history: live.history,
    path: "",
    left: null,
    checkpoint: execution.checkpoint,
    variables: execution.checkpoint.variables,
    context: contextOf(execution, input),
    signal: manyListeners(live.abort.signal),
    previousEventId: execution.redriveCount === 0 ? 0 : execution.log.events.length,
    running: null,
    lastText: { value: input, text: execution.input },
  };
  const seconds = definition.TimeoutSeconds ?? (execution.type === "EXPRESS" ? EXPRESS_SECONDS : undefined);
  const stopTimeout =
    seconds === undefined
      ? null
      : clock.after((execution.redrivenMs ?? execution.startedMs) + seconds * 1000 - clock.now(), () => {
          end({ status: "TIMED_OUT", event: "ExecutionTimedOut", previousEventId: 0 });
        });
  const fail = (failure: Failure): void => {
    end({ status: "FAILED", event: "ExecutionFailed", previousEventId: branch.previousEventId, failure });
  };
  try {
    const result = await runGraph(branch, definition, input);
    if (result.kind === "failed") fail(result.failure);
    else {
      const output = JSON.stringify(result.output);
      const { previousEventId } = branch;
      end({ status: "SUCCEEDED", event: "ExecutionSucceeded", previousEventId, output });
    }
  } catch (error) {
    if (!(error instanceof Aborted)) fail({ error: "States.Runtime", cause: causeOf(error) });
  } finally {
    stopTimeout?.();
  }
}

/** What the event that ends an execution tells. */
export function endDetails({ status, output, failure }: ExecutionEnd): Details {
  if (status === "SUCCEEDED") return { output };
  return { error: failure?.error, cause: failure?.cause };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const EXPRESS_SECONDS = 300;

/** The context object, `$$`. @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextOf(execution: Execution, input: Json): JsonObject {
  const { arn, name, target, startedMs, redriveCount, redrivenMs } = execution;
  return {
    Execution: {
      Id: arn,
      Input: input,
      StartTime: new Date(startedMs).toISOString(),
      Name: name,
      RoleArn: target.revision.roleArn,
      RedriveCount: redriveCount,
      ...(redrivenMs === null ? {} : { RedriveTime: new Date(redrivenMs).toISOString() }),
    },
    StateMachine: { Id: target.machine.arn, Name: target.machine.name },
  };
}

function causeOf(error: unknown): string {
  if (error instanceof HistoryFull)
    return `The execution reached the maximum number of history events (${String(HISTORY_LIMIT_EVENTS)}).`;
  return `The local cloud failed: ${(error as Error).stack ?? String(error)}`;
}

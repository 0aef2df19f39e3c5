/** The executions that a run waits for: one of its own, or those that a run before it on the same state had begun. */
import type { LocalCloud } from "../cloud/realise";
import { unqualified } from "../cloud/states/machines/machine-arn";
import type { Progress } from "./progress";
import type { RunReport } from "./report";
import {
  awaitWorkflow,
  ExecutionFailed,
  startWorkflow,
  type WorkflowInput,
  type WorkflowOutputs,
  type WorkflowResult,
} from "./workflow";

export interface WorkflowExecutions {
  readonly executions: RunReport["executions"];
  /** Of the last that succeeded. */
  readonly result: WorkflowResult | null;
  /** Of the first that did not; null: all succeeded. */
  readonly problem: unknown;
}

export interface WorkflowExecutionsOptions extends WorkflowInput {
  readonly progress: Progress;
  readonly runDirectory: string;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function workflowExecutions(
  cloud: LocalCloud,
  outputs: WorkflowOutputs,
  options: WorkflowExecutionsOptions,
): Promise<WorkflowExecutions> {
  const { progress, runDirectory, signal } = options;
  let started = 1;
  let succeeded = 0;
  let result: WorkflowResult | null = null;
  let problem: unknown = null;
  try {
    const begun = begunBefore(cloud, outputs);
    for (const arn of begun) progress.say(`going on with execution ${arn}`);
    const arns = begun.length > 0 ? begun : [await startWorkflow(cloud, outputs, options)];
    started = arns.length;
    for (const arn of arns) {
      try {
        result = await awaitWorkflow(cloud, outputs, arn, runDirectory, signal);
        succeeded += 1;
      } catch (error) {
        if (!(error instanceof ExecutionFailed)) throw error;
        problem ??= error;
      }
    }
  } catch (error) {
    problem ??= error;
  }
  return { executions: { started, succeeded, failed: started - succeeded }, result, problem };
}

function begunBefore(cloud: LocalCloud, { workflowArn }: WorkflowOutputs): readonly string[] {
  return cloud.goneOn
    .filter(({ target, mapRunArn }) => mapRunArn === null && target.machine.arn === unqualified(workflowArn))
    .map(({ arn }) => arn);
}

/** The Task state that calls a function, in Amazon States Language: the same on every placement but for two fields. */
import { REPORT_SECONDS } from "../worker/settings";

/**
 * Errors that say nothing of the function, by Lambda's names (which the worker uses too) and the state's own time-outs:
 * a lost worker is known by its missing heartbeat.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
const TRANSIENT_ERRORS = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "States.HeartbeatTimeout",
  "States.Timeout",
];

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

/** What the state machine decides about a task; where it runs is not among it. */
export type TaskStateFields = ({ readonly Next: string } | { readonly End: true }) & {
  readonly Comment?: string;
  readonly InputPath?: string | null;
  readonly Parameters?: object;
  readonly ResultSelector?: object;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string | null;
  /** In place of the default, which retries what is not the function's fault. */
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
};

/** `Arn`: a Pulumi output in a program, a string once it is known. */
export type TaskState<Arn> = TaskStateFields & {
  readonly Type: "Task";
  readonly Resource: Arn;
  readonly TimeoutSeconds: number;
  readonly HeartbeatSeconds?: number;
  readonly Retry: readonly Retrier[];
};

/** Where a task goes: a Lambda function's ARN, or an activity's with the interval of its heartbeat. */
export interface TaskTarget<Arn> {
  readonly arn: Arn;
  readonly timeoutSeconds: number;
  /** Absent on Lambda, which has no heartbeat. */
  readonly heartbeatSeconds?: number;
}

/** Raw input in, raw output out, whatever the target. */
export function taskState<Arn>(target: TaskTarget<Arn>, fields: TaskStateFields): TaskState<Arn> {
  return {
    Type: "Task",
    Resource: target.arn,
    TimeoutSeconds: target.timeoutSeconds + REPORT_SECONDS,
    ...(target.heartbeatSeconds === undefined ? {} : { HeartbeatSeconds: target.heartbeatSeconds }),
    Retry: [{ ErrorEquals: TRANSIENT_ERRORS, IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 2 }],
    ...fields,
  };
}

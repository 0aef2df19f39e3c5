/** How a state fails: by a name that Retry and Catch can match, and a cause for people. */

/** What a failed state, branch or execution leaves behind. Fail states may name neither. */
export interface Failure {
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** A second name under which Retry and Catch know it: a lost heartbeat is recorded as States.Timeout. */
  readonly alias?: string | undefined;
  /** The field whose expression failed, for the event EvaluationFailed. */
  readonly location?: string | undefined;
}

/** Ends the attempt at a state; caught by the state's Retry and Catch. */
export class StateError extends Error {
  readonly failure: Failure;
  /** True when the cause says already in which state it arose. */
  readonly located: boolean;
  constructor(failure: Failure, located = false) {
    super(`${failure.error ?? "(no error)"}: ${failure.cause ?? ""}`);
    this.failure = failure;
    this.located = located;
  }
}

/** An error of the definition against its data. It can't be retried or caught, whatever a definition says. */
export function runtimeError(cause: string): StateError {
  return new StateError({ error: "States.Runtime", cause });
}

/** Ends what is no longer wanted: a stopped execution, a sibling of a failed branch. Nothing catches it. */
export class Aborted extends Error {}

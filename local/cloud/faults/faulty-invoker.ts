/** What Step Functions and the Scheduler meet when they invoke a function while Lambda has faults. */
import { pause } from "../../../worker/clock";
import type { Outcome } from "../../../worker/outcome";
import type { Clock } from "../clock";
import type { EventInvoker, Invoker } from "../lambda/lambda";
import { ServiceError } from "../service";
import type { Faults } from "./faults";

const LAMBDA = "lambda";

/**
 * The invoker, behind Lambda's faults, each by the error name that a state machine sees of it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
 */
export function invokerWithFaults(
  invoker: Invoker & EventInvoker,
  faults: Faults,
  clock: Clock,
): Invoker & EventInvoker {
  return {
    async invoke(functionArn, payload, caller, signal, requestId) {
      if (faults.specs().length === 0) return invoker.invoke(functionArn, payload, caller, signal, requestId);
      if (faults.strikes("throttle", LAMBDA))
        return failure("Lambda.TooManyRequestsException", "Rate Exceeded (a fault on purpose).");
      const fails = faults.strikes("5xx", LAMBDA);
      if (fails && faults.random() < 0.5) return broken();
      const outcome = await invoker.invoke(functionArn, payload, caller, signal, requestId);
      await pause(clock, faults.delayMs(LAMBDA), signal);
      if (faults.strikes("drop-answer", LAMBDA))
        return failure(
          "Lambda.SdkClientException",
          "Unable to execute HTTP request: the connection was closed (a fault on purpose).",
        );
      return fails ? broken() : outcome;
    },
    async handOver(functionArn, payload, caller, signal, context) {
      if (faults.specs().length === 0) return invoker.handOver(functionArn, payload, caller, signal, context);
      if (faults.strikes("throttle", LAMBDA))
        throw new ServiceError("TooManyRequestsException", "Rate Exceeded (a fault on purpose).", 429);
      const fails = faults.strikes("5xx", LAMBDA);
      const unheard = faults.strikes("drop-answer", LAMBDA);
      // Taken or not, the caller is not told: it will hand the event over again.
      if (fails && faults.random() < 0.5) throw unavailable();
      const ended = invoker.handOver(functionArn, payload, caller, signal, context);
      if (!fails && !unheard) return ended;
      await ended;
      throw unavailable();
    },
  };
}

function unavailable(): ServiceError {
  return new ServiceError("ServiceException", "Internal error (a fault on purpose).", 500);
}

function broken(): Outcome {
  return failure("Lambda.ServiceException", "Internal error (a fault on purpose).");
}

function failure(error: string, cause: string): Outcome {
  return { kind: "failure", error, cause };
}

/** A service whose calls meet faults: refused, broken, answered late or not at all. */
import type { Clock } from "../clock";
import { pause } from "../../../worker/clock";
import type { CloudRequest, CloudResponse, Service } from "../service";
import type { Faults } from "./faults";

/** What the answer to a call is replaced by. `dropped`: the connection closes without an answer. */
const DROPPED: CloudResponse = { status: 0, dropped: true };

/**
 * The service, behind its faults. A throttled call has no effect; of the calls that fail with 5xx, half have taken
 * effect before, as on AWS, where a client can't tell; a dropped answer's call always has.
 */
export function withFaults(service: Service, faults: Faults, clock: Clock): Service {
  const { signingName } = service;

  async function answer(request: CloudRequest): Promise<CloudResponse> {
    if (faults.strikes("throttle", signingName)) return throttled(signingName);
    const fails = faults.strikes("5xx", signingName);
    if (fails && faults.random() < 0.5) return broken(signingName);
    const response = await service.handle(request);
    if (faults.strikes("drop-answer", signingName)) return DROPPED;
    if (carriesTask(request, response) && faults.strikes("lost-poll", signingName)) return DROPPED;
    return fails ? broken(signingName) : response;
  }

  return {
    signingName,
    async handle(request) {
      if (faults.specs().length === 0) return service.handle(request);
      const response = await answer(request);
      const delayMs = faults.delayMs(signingName);
      if (delayMs > 0) await pause(clock, delayMs, request.signal);
      return response;
    },
  };
}

/** A poll's answer with a task in it: if it is lost, so is the task, until its heartbeat or its time-out ends it. */
function carriesTask(request: CloudRequest, { body }: CloudResponse): boolean {
  const isPoll = request.headers["x-amz-target"] === "AWSStepFunctions.GetActivityTask";
  return isPoll && typeof body === "string" && body.includes('"taskToken":"');
}

/** Each service's own words for "too fast"; what is not here says ThrottlingException, as the newer ones do. */
const THROTTLES: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  s3: { status: 503, code: "SlowDown" },
  sts: { status: 400, code: "Throttling" },
  lambda: { status: 429, code: "TooManyRequestsException" },
  sqs: { status: 400, code: "RequestThrottled" },
};
const INTERNAL_ERROR: Readonly<Record<string, string>> = {
  s3: "InternalError",
  lambda: "ServiceException",
  ecs: "ServerException",
  ssm: "InternalServerError",
  logs: "ServiceUnavailableException",
};

function throttled(signingName: string): CloudResponse {
  const { status, code } = THROTTLES[signingName] ?? { status: 400, code: "ThrottlingException" };
  return problem(signingName, status, code, "Rate exceeded (a fault on purpose).");
}

function broken(signingName: string): CloudResponse {
  const code = INTERNAL_ERROR[signingName] ?? "InternalFailure";
  return problem(signingName, 500, code, "We encountered an internal error (a fault on purpose).");
}

/** An error as this service writes its errors. */
function problem(signingName: string, status: number, code: string, message: string): CloudResponse {
  const words = `<Code>${code}</Code><Message>${message}</Message>`;
  if (signingName === "s3")
    return { status, headers: { "Content-Type": "application/xml" }, body: `<Error>${words}</Error>` };
  if (signingName === "sts")
    return {
      status,
      headers: { "Content-Type": "text/xml" },
      body: `<ErrorResponse><Error><Type>Sender</Type>${words}</Error></ErrorResponse>`,
    };
  const headers = { "Content-Type": "application/json", "x-amzn-ErrorType": code };
  return { status, headers, body: JSON.stringify({ __type: code, message }) };
}

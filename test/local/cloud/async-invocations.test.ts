import {
  invokeAsynchronously,
  type AsyncSettings,
  type Attempt,
} from "../../../local/cloud/lambda/async-invocations";
import { asyncSettings } from "../../../local/cloud/lambda/async-settings";
import { createManualClock } from "../states/manual-clock";
import { resource } from "./graphs";

const arn = "arn:aws:lambda:eu-west-1:123456789012:function:tick";
const role = { arn: "arn:aws:iam::123456789012:role/tick" };
const failure: Attempt = { kind: "failure", error: "TypeError", cause: '{"errorType":"TypeError"}' };
const success: Attempt = { kind: "success", output: '"done"' };
const throttled: Attempt = { kind: "throttled" };

/** A minute of 60 s: times are AWS's own. */
function start(attempts: readonly Attempt[], settings: Partial<AsyncSettings> = {}) {
  const clock = createManualClock(0);
  const times: number[] = [];
  const sent: { readonly destination: string; readonly message: unknown }[] = [];
  const warnings: string[] = [];
  const abort = new AbortController();
  const target = {
    arn,
    role,
    settings: {
      maximumEventAgeSeconds: 21_600,
      maximumRetryAttempts: 2,
      onFailure: null,
      onSuccess: null,
      deadLetter: null,
      ...settings,
    },
    run: () => {
      times.push(clock.now() / 1000);
      return Promise.resolve(attempts[times.length - 1] ?? attempts.at(-1) ?? success);
    },
  };
  const options = {
    clock,
    minuteSeconds: 60,
    send: (destination: string, message: string) => {
      sent.push({ destination, message: JSON.parse(message) as unknown });
    },
    warn: (message: string) => warnings.push(message),
  };
  const ended = invokeAsynchronously(target, '{"a":1}', options, abort.signal);
  return { clock, times, sent, warnings, ended, abort };
}

test("an event whose function fails is tried again after one minute, and after two more", async () => {
  const { clock, times, warnings, ended } = start([failure]);
  await clock.advance(600_000);
  expect(times).toEqual([0, 60, 180]);
  expect(await ended).toEqual(failure);
  expect(warnings).toEqual([expect.stringContaining("dropped (RetriesExhausted): TypeError")]);
});

test("an event that succeeds at last is told to the destination of successes", async () => {
  const { clock, sent, ended } = start([failure, success], {
    onSuccess: "arn:success",
    onFailure: "arn:failure",
  });
  await clock.advance(60_000);
  expect(await ended).toEqual(success);
  expect(sent).toMatchObject([
    {
      destination: "arn:success",
      message: {
        requestContext: { condition: "Success", approximateInvokeCount: 2 },
        requestPayload: { a: 1 },
        responsePayload: "done",
      },
    },
  ]);
});

test("without retries an event is told as failed at once", async () => {
  const { clock, times, sent, warnings } = start([failure], {
    maximumRetryAttempts: 0,
    onFailure: "arn:failure",
  });
  await clock.advance(0);
  expect(times).toEqual([0]);
  expect(sent).toMatchObject([
    { destination: "arn:failure", message: { requestContext: { condition: "RetriesExhausted" } } },
  ]);
  expect(warnings).toEqual([]);
});

test("a throttled event is tried ever more slowly until it is too old", async () => {
  const { clock, times, sent } = start([throttled], { maximumEventAgeSeconds: 60, onFailure: "arn:failure" });
  await clock.advance(600_000);
  expect(times).toEqual([0, 1, 3, 7, 15, 31]);
  expect(sent).toMatchObject([
    {
      message: {
        requestContext: { condition: "EventAgeExceeded", approximateInvokeCount: 0 },
        responsePayload: { errorType: "TooManyRequestsException" },
      },
    },
  ]);
});

test("a retry that would come too late is not made", async () => {
  const { clock, times, sent } = start([failure], { maximumEventAgeSeconds: 60, deadLetter: "arn:dead" });
  await clock.advance(600_000);
  expect(times).toEqual([0]);
  expect(sent).toEqual([{ destination: "arn:dead", message: { a: 1 } }]);
});

test("at the end what waits is given up, without a word", async () => {
  const { clock, times, sent, warnings, ended, abort } = start([failure], { onFailure: "arn:failure" });
  await clock.advance(1_000);
  abort.abort();
  expect(await ended).toMatchObject({ kind: "failure" });
  expect([times, sent, warnings, clock.pending()]).toEqual([[0], [], [], 0]);
});

test("the graph's settings are read, and what it leaves out is Lambda's own", () => {
  const declare = (inputs: Record<string, string | number | Record<string, Record<string, string>>>) =>
    asyncSettings(resource("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "x", inputs));
  const destinationConfig = { onFailure: { destination: "arn:failure" } };
  expect(declare({ functionName: "tick", maximumEventAgeInSeconds: 60, destinationConfig })).toEqual({
    functionName: "tick",
    settings: {
      maximumEventAgeSeconds: 60,
      maximumRetryAttempts: 2,
      onFailure: "arn:failure",
      onSuccess: null,
    },
  });
});

import { LambdaClient, InvokeCommand } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetActivityTaskCommand, ListActivitiesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { systemClock } from "../../../local/cloud/clock";
import { parseFaults } from "../../../local/cloud/faults/fault-spec";
import { createFaults } from "../../../local/cloud/faults/faults";
import { invokerWithFaults } from "../../../local/cloud/faults/faulty-invoker";
import { withFaults } from "../../../local/cloud/faults/faulty-service";
import { startWorkerFaults } from "../../../local/cloud/faults/worker-faults";
import type { CloudRequest, Service } from "../../../local/cloud/service";
import { createManualClock } from "../states/manual-clock";
import { openLoopback, ROLE } from "./loopback";

describe("parseFaults", () => {
  test("reads shares, durations and services", () => {
    expect(parseFaults("throttle=5%,states.5xx=2.5%,delay=200ms,kill-worker=30s,spot=2m")).toEqual([
      { kind: "throttle", service: null, amount: 0.05 },
      { kind: "5xx", service: "states", amount: 0.025 },
      { kind: "delay", service: null, amount: 200 },
      { kind: "kill-worker", service: null, amount: 30_000 },
      { kind: "spot", service: null, amount: 120_000 },
    ]);
  });

  test("takes the last of two of the same kind, and CloudWatch by its plain name", () => {
    expect(parseFaults("throttle=5%,throttle=1%")).toHaveLength(1);
    expect(parseFaults("cloudwatch.throttle=100%")).toEqual([
      { kind: "throttle", service: "monitoring", amount: 1 },
    ]);
  });

  test.each([
    ["", /KIND=AMOUNT with one of throttle, 5xx, .*got ""/],
    ["throtle=5%", /one of throttle.*got "throtle=5%"/],
    ["throttle=5", /share from 0% to 100%.*got "throttle=5"/],
    ["throttle=101%", /share from 0% to 100%/],
    ["delay=200", /duration.*200ms/],
    ["kill-worker=0s", /duration above zero/],
    ["moon.throttle=5%", /service is one of states, s3.*got "moon/],
    ["s3.lost-poll=1%", /lost-poll is of one service already/],
  ])('refuses "%s" in one line', (text, message) => {
    expect(() => parseFaults(text)).toThrow(message);
    expect(() => parseFaults(text)).toThrow(/^[^\n]+$/);
  });
});

describe("createFaults", () => {
  const strikes = (seed: number): readonly boolean[] => {
    const faults = createFaults(parseFaults("throttle=20%"), seed);
    return Array.from({ length: 1000 }, () => faults.strikes("throttle", "s3"));
  };

  test("gives the same decisions for the same seed, and others for another", () => {
    expect(strikes(7)).toEqual(strikes(7));
    expect(strikes(7)).not.toEqual(strikes(8));
  });

  test("strikes as often as asked, and counts it", () => {
    const faults = createFaults(parseFaults("throttle=20%,5xx=0%"), 7);
    let struck = 0;
    for (let call = 0; call < 1000; call += 1) {
      if (faults.strikes("throttle", "s3")) struck += 1;
      faults.strikes("5xx", "s3");
    }
    expect(struck).toBeGreaterThan(150);
    expect(struck).toBeLessThan(250);
    expect(faults.counts()).toEqual({ throttle: struck, "5xx": 0 });
  });

  test("counts what it is moved to from then on, and what has struck stays counted", () => {
    const faults = createFaults(parseFaults("throttle=100%"), 1);
    expect(faults.strikes("throttle", "s3")).toBe(true);
    faults.move(parseFaults("s3.5xx=100%"));
    expect([faults.strikes("throttle", "s3"), faults.strikes("5xx", "s3")]).toEqual([false, true]);
    faults.move([]);
    expect(faults.strikes("5xx", "s3")).toBe(false);
    expect(faults.counts()).toEqual({ throttle: 1, "5xx": 1 });
  });

  test("lets what is asked for one service go before what is asked for all", () => {
    const faults = createFaults(parseFaults("throttle=0%,s3.throttle=100%"), 1);
    expect([faults.strikes("throttle", "s3"), faults.strikes("throttle", "states")]).toEqual([true, false]);
  });
});

/** Answers all with a task, and says how often it was called. */
function echo(signingName: string): Service & { calls: number } {
  const service = {
    signingName,
    calls: 0,
    handle: (_request: CloudRequest) => {
      service.calls += 1;
      const body =
        signingName === "s3" ? "<ListBucketResult/>" : '{"activities":[],"taskToken":"1","input":"{}"}';
      return Promise.resolve({ status: 200, body });
    },
  };
  return service;
}

async function called<T>(
  signingName: string,
  fault: string,
  call: (client: object) => Promise<T>,
): Promise<{
  readonly result: T | { name: string; status: number | undefined };
  readonly calls: number;
  readonly counts: object;
}> {
  const service = echo(signingName);
  const faults = createFaults(parseFaults(fault), 1);
  const loopback = await openLoopback(() => [withFaults(service, faults, systemClock)]);
  try {
    const result = await call(loopback.client).catch((error: unknown) => {
      const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
      return { name, status: $metadata?.httpStatusCode };
    });
    return { result, calls: service.calls, counts: faults.counts() };
  } finally {
    await loopback.close();
  }
}

const list = (client: object) => new SFNClient(client).send(new ListActivitiesCommand());
const poll = (client: object) =>
  new SFNClient(client).send(
    new GetActivityTaskCommand({ activityArn: "arn:aws:states:eu-west-1:123456789012:activity:a" }),
  );
const listBucket = (client: object) =>
  new S3Client({ ...client, forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket: "b" }));
const invoke = (client: object) => new LambdaClient(client).send(new InvokeCommand({ FunctionName: "f" }));

test("of two faults of the same kind the last one counts, wherever they were given", () => {
  const faults = createFaults([...parseFaults("throttle=100%"), ...parseFaults("throttle=0%")], 1);
  expect(faults.strikes("throttle", "s3")).toBe(false);
});

describe("a service with faults", () => {
  test.each([
    ["states", list, "ThrottlingException", 400],
    ["s3", listBucket, "SlowDown", 503],
    ["lambda", invoke, "TooManyRequestsException", 429],
  ] as const)("throttles %s by its own error, without effect", async (name, call, error, status) => {
    expect(await called<unknown>(name, "throttle=100%", call)).toEqual({
      result: { name: error, status },
      calls: 0,
      counts: { throttle: 1 },
    });
  });

  test("fails with 5xx, half of the calls after they took effect", async () => {
    const service = echo("states");
    const faults = createFaults(parseFaults("5xx=100%"), 1);
    const faulty = withFaults(service, faults, systemClock);
    const answers = await Promise.all(Array.from({ length: 100 }, () => faulty.handle(request())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500]));
    expect(service.calls).toBeGreaterThan(30);
    expect(service.calls).toBeLessThan(70);
  });

  test("drops the answer of a call that took effect: the client sees a closed connection", async () => {
    const { result, calls, counts } = await called<unknown>("states", "drop-answer=100%", list);
    expect(result).toMatchObject({ status: undefined });
    expect([calls, counts]).toEqual([1, { "drop-answer": 1 }]);
  });

  test("loses polls that carry a task, and no other call", async () => {
    const lost = await called<unknown>("states", "lost-poll=100%", poll);
    expect(lost).toMatchObject({ result: { status: undefined }, counts: { "lost-poll": 1 } });
    const other = await called<unknown>("states", "lost-poll=100%", list);
    expect(other).toMatchObject({ result: { activities: [] }, counts: { "lost-poll": 0 } });
  });

  test("answers later by the delay", async () => {
    const clock = createManualClock();
    const faulty = withFaults(echo("states"), createFaults(parseFaults("delay=200ms"), 1), clock);
    let answered = false;
    const answer = faulty.handle(request()).then(() => (answered = true));
    await clock.advance(199);
    expect(answered).toBe(false);
    await clock.advance(1);
    await answer;
    expect(answered).toBe(true);
  });
});

function request(): CloudRequest {
  return {
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
    caller: { arn: ROLE },
    signal: new AbortController().signal,
  };
}

test.each([
  ["throttle=100%", "Lambda.TooManyRequestsException", 0],
  ["drop-answer=100%", "Lambda.SdkClientException", 1],
  ["states.throttle=100%", null, 1],
])("a state machine meets Lambda's fault %s as %s", async (fault, error, calls) => {
  let invoked = 0;
  const invoker = invokerWithFaults(
    {
      invoke: () => {
        invoked += 1;
        return Promise.resolve({ kind: "success", output: "{}" } as const);
      },
      handOver: () => Promise.reject(new Error("nobody hands over")),
    },
    createFaults(parseFaults(fault), 1),
    systemClock,
  );
  const outcome = await invoker.invoke("arn", "{}", { arn: ROLE }, new AbortController().signal);
  expect(outcome.kind === "failure" ? outcome.error : null).toBe(error);
  expect(invoked).toBe(calls);
});

test("a worker is killed every interval, and as soon as there is one", async () => {
  const clock = createManualClock();
  const faults = createFaults(parseFaults("kill-worker=30s"), 1);
  let running = 0;
  let killed = 0;
  const kill = (): boolean => {
    if (running > 0) killed += 1;
    return running > 0;
  };
  const stop = startWorkerFaults({ kill, interrupt: () => false }, faults, clock);
  await clock.advance(60_000);
  expect(killed).toBe(0);
  running = 3;
  await clock.advance(100);
  expect(killed).toBe(1);
  await clock.advance(29_000);
  expect(killed).toBe(1);
  await clock.advance(1_000);
  expect([killed, faults.counts()]).toEqual([2, { "kill-worker": 2 }]);
  stop();
  await clock.advance(60_000);
  expect(killed).toBe(2);
});

test("workers are killed from the moment at which the fault is moved, and no longer than it is there", async () => {
  const clock = createManualClock();
  const faults = createFaults([], 1);
  const kill = jest.fn(() => true);
  const stop = startWorkerFaults({ kill, interrupt: () => false }, faults, clock);
  await clock.advance(60_000);
  expect(kill).not.toHaveBeenCalled();
  faults.move(parseFaults("kill-worker=10s"));
  await clock.advance(30_000);
  const killed = kill.mock.calls.length;
  expect(killed).toBeGreaterThanOrEqual(2);
  faults.move([]);
  await clock.advance(60_000);
  stop();
  faults.move(parseFaults("kill-worker=10s"));
  await clock.advance(60_000);
  expect(kill).toHaveBeenCalledTimes(killed);
});

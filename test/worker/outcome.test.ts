import {
  CAUSE_LIMIT_BYTES,
  deadlineFailure,
  ERROR_LIMIT_BYTES,
  exitFailure,
  functionFailure,
  OUTPUT_LIMIT_BYTES,
  oversizeFailure,
  responseOutcome,
  serviceFailure,
  truncatedFailure,
  withinOutputLimit,
  type Outcome,
} from "../../worker/outcome";

function causeOf(outcome: Outcome): string {
  if (outcome.kind !== "failure") throw new Error("not a failure");
  return outcome.cause;
}

describe("the outcome of", () => {
  test("a function error is its errorType, with the body as it came", () => {
    const body = '{ "errorType": "ImageNotFound", "errorMessage": "no such key", "trace": [] }';
    expect(functionFailure(body)).toEqual({ kind: "failure", error: "ImageNotFound", cause: body });
  });

  test.each(["{}", "not json", '"text"', "null", '{"errorType":7}', '{"errorType":""}', ""])(
    "an error without an errorType (%j) is Lambda.Unknown",
    (body) => {
      expect(functionFailure(body)).toEqual({ kind: "failure", error: "Lambda.Unknown", cause: body });
    },
  );

  test("an error that borrows a name of Step Functions' own does not get it", () => {
    expect(functionFailure('{"errorType":"States.Timeout"}')).toMatchObject({ error: "Lambda.Unknown" });
  });

  test("an init error without an errorType in its body is the one of its header", () => {
    expect(functionFailure("{}", "Runtime.ImportModuleError")).toMatchObject({
      error: "Runtime.ImportModuleError",
    });
  });

  test("a response in JSON is its very bytes", () => {
    expect(responseOutcome('{ "a" : 1.0 }')).toEqual({ kind: "success", output: '{ "a" : 1.0 }' });
  });

  test.each(["", "oops", "{"])(
    "a response that is not JSON (%j) is Runtime.InvalidOutput and shows its first bytes",
    (body) => {
      const outcome = responseOutcome(body);
      expect(outcome).toMatchObject({ kind: "failure", error: "Runtime.InvalidOutput" });
      expect((JSON.parse(causeOf(outcome)) as { errorMessage: string }).errorMessage).toContain(
        JSON.stringify(body),
      );
    },
  );

  test.each([
    [
      exitFailure("id", "exit status 1"),
      "Runtime.ExitError",
      "RequestId: id Error: Runtime exited with error: exit status 1",
    ],
    [
      exitFailure("id", "signal: killed"),
      "Runtime.ExitError",
      "RequestId: id Error: Runtime exited with error: signal: killed",
    ],
    [
      exitFailure("id", null),
      "Runtime.ExitError",
      "RequestId: id Error: Runtime exited without providing a reason",
    ],
    [
      deadlineFailure("id", 3_004),
      "Sandbox.Timedout",
      "RequestId: id Error: Task timed out after 3.00 seconds",
    ],
    [truncatedFailure("id"), "Runtime.TruncatedResponse", "RequestId: id Error: Response was cut off"],
    [serviceFailure("why"), "Lambda.ServiceException", "why"],
  ])("%j has Lambda's words", (outcome, errorType, errorMessage) => {
    expect(outcome).toMatchObject({ error: errorType });
    expect(JSON.parse(causeOf(outcome))).toEqual({ errorType, errorMessage });
  });
});

describe("the limits of Step Functions", () => {
  test("an output of exactly 262,144 bytes passes, one more is Function.ResponseSizeTooLarge", () => {
    const fits: Outcome = { kind: "success", output: JSON.stringify("x".repeat(OUTPUT_LIMIT_BYTES - 2)) };
    expect(withinOutputLimit(fits)).toBe(fits);
    const over: Outcome = { kind: "success", output: JSON.stringify("x".repeat(OUTPUT_LIMIT_BYTES - 1)) };
    expect(withinOutputLimit(over)).toEqual(oversizeFailure(262_145, 262_144));
    expect(causeOf(withinOutputLimit(over))).toMatch(/262145 bytes.*262144 bytes/);
  });

  test("bytes of UTF-8 count, not characters", () => {
    const over: Outcome = { kind: "success", output: JSON.stringify("ü".repeat(OUTPUT_LIMIT_BYTES / 2)) };
    expect(withinOutputLimit(over)).toMatchObject({ error: "Function.ResponseSizeTooLarge" });
  });

  test("a cause that is too long is cut to JSON with the same type, the start of the message and of the trace", () => {
    const trace = Array.from(
      { length: 2_000 },
      (_, line) => `    at somewhere (/var/task/index.mjs:${String(line)}:1)`,
    );
    const cause = causeOf(functionFailure(JSON.stringify({ errorType: "Boom", errorMessage: "why", trace })));
    const cut = JSON.parse(cause) as { errorType: string; errorMessage: string; trace: string[] };
    expect(Buffer.byteLength(cause)).toBeLessThanOrEqual(CAUSE_LIMIT_BYTES);
    expect(Buffer.byteLength(cause)).toBeGreaterThan(CAUSE_LIMIT_BYTES - 100);
    expect(cut).toMatchObject({ errorType: "Boom", errorMessage: "why" });
    expect(cut.trace).toEqual(trace.slice(0, cut.trace.length));
  });

  test.each(['\n"\\', "ü", "😀", "\u0001"])(
    "a message of %j that is too long stays JSON within the limit",
    (character) => {
      const cause = causeOf(
        functionFailure(JSON.stringify({ errorType: "Boom", errorMessage: character.repeat(40_000) })),
      );
      expect(Buffer.byteLength(cause)).toBeLessThanOrEqual(CAUSE_LIMIT_BYTES);
      expect(Buffer.byteLength(cause)).toBeGreaterThan(CAUSE_LIMIT_BYTES - 20);
      const cut = JSON.parse(cause) as { errorType: string; errorMessage: string };
      expect(cut.errorType).toBe("Boom");
      expect(cut.errorMessage.isWellFormed()).toBe(true);
    },
  );

  test("a cause that is JSON but no error is kept as the start of a message", () => {
    const cause = causeOf(functionFailure(JSON.stringify(Array.from({ length: 20_000 }, () => "item"))));
    expect(Buffer.byteLength(cause)).toBeLessThanOrEqual(CAUSE_LIMIT_BYTES);
    expect((JSON.parse(cause) as { errorMessage: string }).errorMessage).toMatch(/^\["item","item"/);
  });

  test("text that is not JSON, and an error's name, are cut between characters", () => {
    const text = `x${"ü".repeat(CAUSE_LIMIT_BYTES)}`;
    expect(causeOf(functionFailure(text))).toBe(`x${"ü".repeat(CAUSE_LIMIT_BYTES / 2 - 1)}`);
    const named = functionFailure(JSON.stringify({ errorType: `x${"ü".repeat(300)}` }));
    expect(named).toMatchObject({ error: `x${"ü".repeat(ERROR_LIMIT_BYTES / 2 - 1)}` });
  });
});

import { parseFilterPattern } from "../../../local/cloud/logs/filter-pattern";

const event = JSON.stringify({
  type: "ActivityScheduled",
  id: 7,
  size: 3.5,
  ok: true,
  nothing: null,
  user: { name: "ada lovelace", roles: ["admin", "author"] },
  "odd key": "x",
  text: 'say "hi"',
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
describe("patterns of JSON", () => {
  test.each([
    ['{ $.type = "ActivityScheduled" }', true],
    ['{ $.type = "ActivityStarted" }', false],
    ["{ $.type = ActivityScheduled }", true],
    ['{ $.type = "Activity*" }', true],
    ['{ $.type = "*Sched*" }', true],
    ['{ $.type = "Sched*" }', false],
    ['{ $.type != "ActivityStarted" }', true],
    ['{ $.missing != "a" }', true],
    ['{ $.missing = "a" }', false],
    ["{ $.id = 7 }", true],
    ["{ $.id = 7.0 }", true],
    ['{ $.id = "7" }', true],
    ["{ $.id != 7 }", false],
    ["{ $.size > 3 }", true],
    ["{ $.size <= 3.5 }", true],
    ["{ $.size >= 4 }", false],
    ["{ $.size < 0 }", false],
    ["{ $.type > 3 }", false],
    ["{ $.ok IS TRUE }", true],
    ["{ $.ok IS FALSE }", false],
    ["{ $.nothing IS NULL }", true],
    ["{ $.nothing NOT EXISTS }", false],
    ["{ $.missing NOT EXISTS }", true],
    ['{ $.user.name = "ada *" }', true],
    ['{ $.user.roles[1] = "author" }', true],
    ['{ $.user.roles[*] = "admin" }', true],
    ['{ $.user.roles[5] = "admin" }', false],
    ["{ $.['odd key'] = x }", true],
    ['{ $.text = "say \\"hi\\"" }', true],
    ["{ $.type = %^Activity% }", true],
    ["{ $.type = %^Scheduled% }", false],
    ['{ $.id = 8 || $.type = "ActivityScheduled" }', true],
    ['{ $.id = 8 && $.type = "ActivityScheduled" }', false],
    ["{ $.id = 8 && $.ok IS TRUE || $.id = 7 }", true],
    ["{ $.id = 8 && ($.ok IS TRUE || $.id = 7) }", false],
    ["{($.id=7)&&($.size>3)}", true],
  ])("%s: %s", (pattern, matches) => {
    expect(parseFilterPattern(pattern)(event)).toBe(matches);
  });

  test("match no text that is not a JSON object", () => {
    const matches = parseFilterPattern('{ $.a != "b" }');
    expect(["plain", "[1]", "{broken", '"{}"'].map(matches)).toEqual([false, false, false, false]);
  });
});

describe("terms", () => {
  test.each([
    ["", "anything", true],
    ["ERROR", "[ERROR] no", true],
    ["ERROR", "[error] no", false],
    ["ERROR timeout", "timeout ERROR", true],
    ["ERROR timeout", "ERROR", false],
    ['"task timed out"', "the task timed out", true],
    ['"task timed out"', "the task out timed", false],
    ["?ERROR ?WARN", "WARN", true],
    ["?ERROR ?WARN", "INFO", false],
    ["ERROR ?WARN", "WARN", false],
    ["ERROR -retry", "ERROR again", true],
    ["ERROR -retry", "ERROR retry", false],
    ['-"in vain"', "all in vain", false],
    ["%E[0-9]{3}%", "code E404", true],
    ["%E[0-9]{3}%", "code E4", false],
  ])("%s on %s: %s", (pattern, message, matches) => {
    expect(parseFilterPattern(pattern)(message)).toBe(matches);
  });
});

test.each([
  "{ $.type }",
  "{ type = 1 }",
  '{ $.type = "a" && }',
  '{ ($.type = "a" }',
  "{ $.type > high }",
  "{ $.type IS MAYBE }",
  "{ $.type = }",
  "%[%",
  "[ip, user]",
  "(a)",
])("%s is refused by CloudWatch's error", (pattern) => {
  expect(() => parseFilterPattern(pattern)).toThrow(
    expect.objectContaining({
      code: "InvalidParameterException",
      message: expect.stringContaining("Invalid filter pattern") as string,
    }),
  );
});

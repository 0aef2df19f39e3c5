import { evaluateTemplate } from "../../../local/cloud/states/expressions/templates";
import { createVariables } from "../../../local/cloud/states/expressions/variables";
import type { Json } from "../../../local/graph";

const DATA: Json = {
  name: "Hubble",
  numbers: [1, 2, 3, 4, 5],
  mixed: [1, 1, "1", { a: 1 }, { a: 1 }],
  json: '{"a":[1]}',
  object: { a: { x: 1 }, b: 2 },
};

function evaluate(expression: string, random = 0.5): Json {
  const scope = {
    variables: createVariables(),
    data: DATA,
    context: { Execution: { Name: "e1" } },
    random: () => random,
  };
  return (evaluateTemplate({ "value.$": expression }, scope) as { value: Json }).value;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
test.each<[string, Json]>([
  ["$.name", "Hubble"],
  ["$$.Execution.Name", "e1"],
  ["States.Format('Hello {}, {} and {}', $.name, 5, null)", "Hello Hubble, 5 and null"],
  ["States.Format('\\{{}\\} it\\'s \\\\', true)", "{true} it's \\"],
  ["States.Format('{}', $.object)", "{a={x=1}, b=2}"],
  ["States.StringToJson($.json)", { a: [1] }],
  ["States.StringToJson(' ')", null],
  ["States.JsonToString($.object)", '{"a":{"x":1},"b":2}'],
  ["States.Array()", []],
  ["States.Array(1, 'a', $.name, States.Array(true))", [1, "a", "Hubble", [true]]],
  ["States.ArrayPartition($.numbers, 2)", [[1, 2], [3, 4], [5]]],
  ["States.ArrayContains($.mixed, $.mixed[3])", true],
  ["States.ArrayContains($.numbers, '1')", false],
  ["States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]],
  ["States.ArrayRange(3, 1, -1)", [3, 2, 1]],
  ["States.ArrayGetItem($.numbers, 4)", 5],
  ["States.ArrayLength($.numbers)", 5],
  ["States.ArrayUnique($.mixed)", [1, "1", { a: 1 }]],
  ["States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="],
  ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"],
  ["States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
  ["States.JsonMerge($.object, States.StringToJson('{\"a\":0}'), false)", { a: 0, b: 2 }],
  ["States.MathRandom(1, 11)", 6],
  ["States.MathAdd(1.5, -3)", -1],
  ["States.StringSplit('This.is+a,,test', '.+,')", ["This", "is", "a", "test"]],
  ["States.StringSplit($.name, States.Format('{}', 'b'))", ["Hu", "le"]],
])("%s gives %j", (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test("a seed gives the same random number again, within the bounds", () => {
  const first = evaluate("States.MathRandom(1, 1000, 7)", 0.1);
  expect(first).toBe(evaluate("States.MathRandom(1, 1000, 7)", 0.9));
  expect(first).toBeGreaterThanOrEqual(1);
  expect(first).toBeLessThan(1000);
});

test("States.UUID gives another version 4 UUID each time", () => {
  const [one, other] = [evaluate("States.UUID()"), evaluate("States.UUID()")];
  expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(one).not.toBe(other);
});

test.each([
  ["States.StringToJson('{')", "the string is not JSON"],
  ["States.ArrayGetItem($.numbers, 5)", "there is no element 5 among 5"],
  ["States.ArrayPartition($.numbers, 0)", "the chunk size must be 1 or more"],
  ["States.ArrayRange(1, 1001, 1)", "a range has 1000 elements at most"],
  ["States.MathAdd('1', 1)", 'a number was expected, got "1"'],
  ["States.Hash('x', 'CRC')", "'CRC' is none of MD5"],
  ["States.JsonMerge($.object, $.object, true)", "only shallow merging exists"],
  ["States.Format('{} {}', 1)", "there are more {} than arguments"],
  ["States.Format('{}', 1, 2)", "there are more arguments than {}"],
])("%s fails with States.IntrinsicFailure: %s", (expression, message) => {
  expect(() => evaluate(expression)).toThrow(
    `States.IntrinsicFailure: The function '${expression}' had the following error: ${message}`,
  );
});

test("a path in a template that leads nowhere is named with its field and the input", () => {
  const scope = { variables: createVariables(), data: { a: 1 }, context: {}, random: () => 0 };
  expect(() => evaluateTemplate({ "value.$": "$.b" }, scope)).toThrow(
    `States.Runtime: The JSONPath '$.b' specified for the field 'value.$' could not be found in the input '{"a":1}'`,
  );
});

test("only fields that end in .$ are computed, at any depth", () => {
  const scope = { variables: createVariables(), data: { a: 1 }, context: {}, random: () => 0 };
  const template = { plain: "$.a", list: [{ "deep.$": "$.a" }, "$.a"], nested: { "all.$": "$" } };
  expect(evaluateTemplate(template, scope)).toEqual({
    plain: "$.a",
    list: [{ deep: 1 }, "$.a"],
    nested: { all: { a: 1 } },
  });
});

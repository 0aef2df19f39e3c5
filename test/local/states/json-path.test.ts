import {
  isReferencePath,
  readPath,
  selectPath,
  writePath,
} from "../../../local/cloud/states/expressions/json-path";
import { createVariables } from "../../../local/cloud/states/expressions/variables";
import type { Json } from "../../../local/graph";

const DATA: Json = { a: { b: [10, 20, 30], "it's": 1 }, list: [{ n: 1, k: "x" }, { n: 2 }], none: null };
const CONTEXT: Json = { Execution: { Id: "arn" } };

test.each<[string, Json | undefined]>([
  ["$", DATA],
  ["$.a.b[0]", 10],
  ["$.a.b[-1]", 30],
  ["$['a']['b'][1]", 20],
  ['$["a"].b[1]', 20],
  ["$.a['it\\'s']", 1],
  ["$.none", null],
  ["$.none.further", undefined],
  ["$.missing", undefined],
  ["$.a.b[3]", undefined],
  ["$.a.b.length", undefined],
  ["$.a.toString", undefined],
  ["$$.Execution.Id", "arn"],
  ["$$.Execution.Nothing", undefined],
  ["$.list[*].n", [1, 2]],
  ["$.list[*].k", ["x"]],
  ["$..n", [1, 2]],
  ["$.a.b[0:2]", [10, 20]],
  ["$.a.b[0,2]", [10, 30]],
  ["$.list[?(@.n > 1)]", [{ n: 2 }]],
  ["$.list[?(@.k == 'x')].n", [1]],
  ["$.missing[*]", []],
  ["$.none[*]", []],
])("%s selects %j", (path, expected) => {
  expect(selectPath(path, { data: DATA, context: CONTEXT, variables: createVariables() })).toEqual(expected);
});

test.each([
  ["$.missing", "Invalid path '$.missing' : No results for path: $['missing']"],
  ["$.missing.further", "Invalid path '$.missing.further' : Missing property in path $['missing']"],
  ["$.a.b[7]", "Invalid path '$.a.b[7]' : Index out of bounds when evaluating path $['a']['b'][7]"],
])("a path that must lead somewhere and does not, %s, is named in AWS's words", (path, message) => {
  expect(() => readPath(path, { data: DATA, context: CONTEXT, variables: createVariables() })).toThrow(
    message,
  );
});

test.each<[string, Json, Json, Json]>([
  ["$", { a: 1 }, 2, 2],
  ["$.b", { a: 1 }, 2, { a: 1, b: 2 }],
  ["$.a", { a: 1, b: 0 }, 2, { a: 2, b: 0 }],
  ["$.x.y.z", { a: 1 }, true, { a: 1, x: { y: { z: true } } }],
  ["$['x y']", {}, null, { "x y": null }],
  ["$.list[1].n", { list: [0, { n: 1 }] }, 5, { list: [0, { n: 5 }] }],
])("ResultPath %s puts the result into %j", (path, document, value, expected) => {
  const before = structuredClone(document);
  expect(writePath(path, document, value)).toEqual(expected);
  expect(document).toEqual(before);
});

test("a result can be put under __proto__ without becoming a prototype", () => {
  const written = writePath("$.__proto__.polluted", {}, true);
  expect(JSON.stringify(written)).toBe('{"__proto__":{"polluted":true}}');
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test.each<[string, Json]>([
  ["$.a.b", { a: 1 }],
  ["$.a", [1]],
  ["$.list[3]", { list: [1] }],
])("ResultPath %s into %j fails with States.ResultPathMatchFailure", (path, document) => {
  expect(() => writePath(path, document, 1)).toThrow(
    expect.objectContaining({
      failure: {
        error: "States.ResultPathMatchFailure",
        cause: `Unable to apply ReferencePath ${path} to input ${JSON.stringify(document)}`,
      },
    }),
  );
});

test.each([
  ["$", true],
  ["$.a[0].b", true],
  ["$['a b']", true],
  ["$$.Execution", false],
  ["$.a[*]", false],
  ["$.a[-1]", false],
  ["$..a", false],
  ["a", false],
])("%s is a reference path: %s", (path, expected) => {
  expect(isReferencePath(path)).toBe(expected);
});

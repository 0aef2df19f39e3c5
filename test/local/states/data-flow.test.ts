/** How a state's input becomes its output: paths, parameters, results and the context object. */
import { MACHINE } from "./cloud";
import { CALL, stageStates } from "./stage";

const stage = stageStates();

test.each<[string, object, unknown, unknown]>([
  ["Pass gives its input on", { Type: "Pass", End: true }, { a: 1 }, { a: 1 }],
  [
    "Pass puts Result under ResultPath",
    { Type: "Pass", Result: { x: [1] }, ResultPath: "$.r", End: true },
    { a: 1 },
    { a: 1, r: { x: [1] } },
  ],
  [
    "Pass computes Parameters from what InputPath selects",
    { Type: "Pass", InputPath: "$.a", Parameters: { "v.$": "$.b", w: 2 }, End: true },
    { a: { b: 1 } },
    { v: 1, w: 2 },
  ],
  ["InputPath null reads an empty object", { Type: "Pass", InputPath: null, End: true }, { a: 1 }, {}],
  ["OutputPath null leaves an empty object", { Type: "Pass", OutputPath: null, End: true }, { a: 1 }, {}],
  [
    "ResultPath writes into the raw input, not into what InputPath selected",
    { Type: "Pass", InputPath: "$.a", ResultPath: "$.r", End: true },
    { a: 1, b: 2 },
    { a: 1, b: 2, r: 1 },
  ],
  ["ResultPath null drops the result", { ...CALL, ResultPath: null }, { a: 1 }, { a: 1 }],
  [
    "ResultSelector shapes the result before ResultPath",
    { ...CALL, ResultSelector: { "n.$": "$.a" }, ResultPath: "$.r" },
    { a: 1 },
    { a: 1, r: { n: 1 } },
  ],
  ["OutputPath selects from the whole", { ...CALL, ResultPath: "$.r", OutputPath: "$.r.a" }, { a: 1 }, 1],
  [
    "Succeed ends with what its paths select",
    { Type: "Succeed", InputPath: "$.a", OutputPath: "$.b" },
    { a: { b: 3 } },
    3,
  ],
  [
    "the context object can be read",
    {
      Type: "Pass",
      Parameters: {
        "name.$": "$$.State.Name",
        "machine.$": "$$.StateMachine.Id",
        "in.$": "$$.Execution.Input.a",
      },
      End: true,
    },
    { a: 1 },
    { name: "S", machine: MACHINE, in: 1 },
  ],
])("%s", async (_what, state, input, expected) => {
  expect(await stage.outputOf(state, input)).toEqual(expected);
});

test("an error of the definition against its data says where it arose, and can't be caught", async () => {
  const state = { ...CALL, OutputPath: "$.no.such", Catch: [{ ErrorEquals: ["States.Runtime"], Next: "S" }] };
  const { error, cause } = await stage.runState(state, {});
  expect(error).toBe("States.Runtime");
  expect(cause).toBe(
    "An error occurred while executing the state 'S' (entered at the event id #2). Invalid path '$.no.such' : Missing property in path $['no']",
  );
});

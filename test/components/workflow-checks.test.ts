/** What a definition must hold before it is deployed. */
import { definitionMistakes, type KnownActivity } from "../../components/workflow-checks";

const ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:detect";
const LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:split";

const activities = (hasPool = true): ReadonlyMap<string, KnownActivity> =>
  new Map([[ACTIVITY, { functionName: "detect", hasPool }]]);

const task = { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 60, HeartbeatSeconds: 30, End: true };

function machine(state: object, own: object = { TimeoutSeconds: 3600 }): object {
  const inner = { StartAt: "Detect", States: { Detect: state } };
  const map = { Type: "Map", ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...inner }, End: true };
  return { StartAt: "Tiles", ...own, States: { Tiles: map } };
}

test("a definition with every bound is right", () => {
  expect(definitionMistakes(machine(task), activities())).toEqual([]);
});

test.each<[string, object, string]>([
  [
    "a Task without a time-out",
    { ...task, TimeoutSeconds: undefined },
    "Detect: TimeoutSeconds: got nothing; every Task needs one",
  ],
  [
    "an activity without a heartbeat",
    { ...task, HeartbeatSeconds: undefined },
    "Detect: HeartbeatSeconds: got nothing",
  ],
  [
    "a heartbeat as long as the task",
    { ...task, HeartbeatSeconds: 60 },
    "Detect: HeartbeatSeconds: got 60, allowed is less than TimeoutSeconds, which is 60",
  ],
])("names %s, inside a Map as well", (_what, state, mistake) => {
  expect(definitionMistakes(machine(state), activities())).toEqual(
    expect.arrayContaining([expect.stringContaining(mistake)]),
  );
});

test("names an activity that nobody serves", () => {
  expect(definitionMistakes(machine(task), activities(false))).toEqual([
    "Detect: Resource: got the activity of detect, which has no pool; name its placement, or call it by taskState()",
  ]);
});

test("names a state machine without a time-out of its own", () => {
  expect(definitionMistakes(machine(task, {}), activities())).toEqual([
    expect.stringContaining("TimeoutSeconds: got nothing; give the state machine one"),
  ]);
});

test("asks no heartbeat of a Lambda function", () => {
  const state = { Type: "Task", Resource: LAMBDA, TimeoutSeconds: 60, End: true };
  expect(definitionMistakes(machine(state), activities())).toEqual([]);
});

test("names what the language itself does not allow", () => {
  expect(
    definitionMistakes(machine({ ...task, End: undefined, Next: "Nowhere" }), activities()).join(),
  ).toMatch(/Nowhere/);
});

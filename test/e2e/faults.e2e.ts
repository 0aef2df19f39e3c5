/** Faults on purpose: whatever goes wrong on its own, the sample workflow finds the same objects. */
import type { RunReport } from "../../local/start/report";
import { lastLine, npmRun } from "./command";

/** Objects of 9 pixels or more at luminance 60 in examples/hubble-deep-field.png. */
const HUBBLE_OBJECTS = 584;

/** Each with a seed that makes it strike while the workflow runs; prod has functions on Lambda, on GPUs and on Fargate. */
test.each([
  ["throttle=5%", 1],
  ["5xx=2%", 1],
  ["drop-answer=1%", 1],
  ["delay=200ms", 1],
  ["lost-poll=1%", 16],
  ["kill-worker=30s", 3],
])("with the fault %s alone the workflow succeeds", async (fault, seed) => {
  const flags = ["--once", "--json", "--stack", "prod", "--fault", fault, "--seed", String(seed)];
  const ended = await npmRun("start", ...flags).ended;
  const report = lastLine(ended) as RunReport;
  expect(report).toMatchObject({
    executions: { started: 1, succeeded: 1, failed: 0 },
    objects: HUBBLE_OBJECTS,
    leftoverProcesses: 0,
  });
  const [kind = ""] = fault.split("=");
  expect(Object.keys(report.faults)).toEqual([kind]);
  expect(Object.values(report.faults)[0]).toBeGreaterThan(0);
  expect(ended.stderr).toContain(`faults on purpose: ${kind} `);
  expect(ended.exitCode).toBe(0);
});

test("a fault that there is not is wrong usage: one line says what there is, with exit code 2", async () => {
  const ended = await npmRun("start", "--once", "--json", "--fault", "throtle=5%").ended;
  expect(ended.exitCode).toBe(2);
  expect((lastLine(ended) as RunReport).error).toMatchObject({
    name: "WrongUsage",
    cause: expect.stringMatching(/^[^\n]*throttle, 5xx, drop-answer[^\n]*got "throtle=5%"/) as string,
  });
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
});

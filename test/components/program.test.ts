/** The whole program, run once per stack and change by the real language runtime: what it declares. */
import { rmSync } from "node:fs";
import { runProgram } from "../../local/engine/run";
import { runAll, type Graphs } from "./program/graphs";
import { describeAutoscaler } from "./program/autoscaler";
import { describeMoves } from "./program/moves";
import { describeNetworks } from "./program/networks";
import { describePools } from "./program/pools";
import { describeRights } from "./program/rights";
import { describeStateMachine } from "./program/state-machine";
import { describeWhole } from "./program/whole";
import { projectOf } from "./stacks";

let all: Graphs;

beforeAll(async () => {
  all = await runAll();
}, 300_000);

const graphs = (): Graphs => all;

describeStateMachine(graphs);
describeMoves(graphs);
describePools(graphs);
describeNetworks(graphs);
describeRights(graphs);
describeAutoscaler(graphs);
describeWhole(graphs);

test("a wrong setting ends the program with one line, before any resource", async () => {
  const project = projectOf({
    dev: (config) => Object.assign(config["loveless:functions"]?.["detect"] ?? {}, { placement: "mars" }),
  });
  try {
    const registered: string[] = [];
    const run = runProgram({
      projectDirectory: project,
      stack: "dev",
      mode: "up",
      onProgress: (event) => {
        if (event.kind === "resource" && event.type !== "pulumi:pulumi:Stack") registered.push(event.type);
      },
    });
    await expect(run).rejects.toMatchObject({
      message:
        'stacks/Pulumi.dev.yaml is wrong: loveless:functions.detect.placement: got "mars", allowed is "lambda", "fargate", "ec2" or "managed-instances". Change it there.',
    });
    expect(registered).toEqual([]);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});

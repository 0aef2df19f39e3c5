/**
 * The one line that moves a function: the sample workflow from a copy of staging in which detect has each of the four
 * placements in turn, under exactly the rights that would be deployed.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { PreviewReport } from "../../local/preview/report";
import type { RunReport } from "../../local/start/report";
import { REPOSITORY, type Config } from "../components/stacks";
import { lastLine, npmRun } from "./command";

const PLACEMENTS = ["lambda", "fargate", "ec2", "managed-instances"] as const;
type Placement = (typeof PLACEMENTS)[number];

/** A stack file of its own for each: a stack is named as its file is, and project and stack have 27 characters together. */
const stackOf = (placement: Placement): string => `on-${placement.slice(0, 7)}`;
const fileOf = (placement: Placement): string => join(REPOSITORY, `stacks/Pulumi.${stackOf(placement)}.yaml`);

beforeAll(() => {
  const staging = readFileSync(join(REPOSITORY, "stacks/Pulumi.staging.yaml"), "utf8");
  for (const placement of PLACEMENTS) {
    const file = parse(staging) as { config: Config };
    Object.assign(file.config["loveless:functions"]?.["detect"] ?? {}, { placement });
    writeFileSync(fileOf(placement), stringify(file));
  }
});
afterAll(() => {
  for (const placement of PLACEMENTS) rmSync(fileOf(placement), { force: true });
});

describe.each(PLACEMENTS)("with detect on %s", (placement) => {
  test("the workflow finds what is there, is refused nothing, needs every grant, and sleeps again", async () => {
    const options = ["--once", "--json", "--iam", "strict", "--stack", stackOf(placement)];
    const ended = await npmRun("start", ...options).ended;
    const report = lastLine(ended) as RunReport;
    expect(report).toMatchObject({
      executions: { started: 1, succeeded: 1, failed: 0 },
      objects: 584,
      iam: { refused: [], unused: [] },
      leftoverProcesses: 0,
    });
    expect(ended.exitCode).toBe(0);
    const pools = report.pools.map(({ function: name, placement: where, endWorkers }) => [
      name,
      where,
      endWorkers,
    ]);
    const expected = [["merge", "fargate", 0], ...(placement === "lambda" ? [] : [["detect", placement, 0]])];
    expect(pools.toSorted()).toEqual(expected.toSorted());
    const detect = report.pools.find(({ function: name }) => name === "detect");
    expect(detect?.tasks ?? 16).toBe(16);
  });

  test("the policies have nothing to say but of what docs/operations.md tells", async () => {
    const ended = await npmRun("preview", "--json", "--stack", stackOf(placement)).ended;
    const { policies } = lastLine(ended) as PreviewReport;
    expect([ended.exitCode, policies?.mandatory]).toEqual([0, []]);
    const told = policies?.advisory.map(({ rule }) => rule);
    // AWS's own policies for its own service: the instances' and the infrastructure's.
    const managed = ["iam-no-managed-policies", "iam-no-managed-policies"];
    expect(told).toEqual(placement === "managed-instances" ? managed : []);
  });
});

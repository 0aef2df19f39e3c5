/** The deployed IAM documents are enough for a run, and each action in them is needed: whole stacks under strict IAM. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runProgram } from "../../local/engine/run";
import type { Graph } from "../../local/graph";
import { identitiesOf } from "../../local/iam/identities";
import { createJudge, type AccessRequest, type Principal } from "../../local/iam/judge";
import { parseArguments } from "../../local/start/arguments";
import { createProgress } from "../../local/start/progress";
import type { RunReport } from "../../local/start/report";
import { run } from "../../local/start/run";
import { withoutAction } from "../local/iam/mutate";
import { lastLine, npmRun } from "./command";

const projectDirectory = resolve(__dirname, "../..");
const ACCOUNT = "123456789012";

type Recorded = Principal & AccessRequest & { readonly principal: string; readonly allowed: boolean };

/** The calls of roles, as a run left them in its directory. */
function recordedCalls(report: RunReport): readonly Recorded[] {
  const file = join(dirname(report.catalogue ?? ""), "iam-calls.jsonl");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ principal }) => principal.includes(":role/"));
}

/** How many of the calls a graph's documents refuse. */
function refusals(graph: Graph, calls: readonly Recorded[]): number {
  const judge = createJudge(identitiesOf(graph, ACCOUNT), { region: "eu-west-1", now: Date.now });
  return calls.filter(
    ({ principal, sessionName, ...request }) =>
      !judge.judge({ arn: principal, ...(sessionName === null ? {} : { sessionName }) }, request).allowed,
  ).length;
}

describe.each(["dev", "staging", "prod"])("the stack %s under --iam strict", (stack) => {
  let report: RunReport;
  let exitCode: number | null;

  beforeAll(async () => {
    const ended = await npmRun("start", "--once", "--json", "--iam", "strict", "--stack", stack).ended;
    report = lastLine(ended) as RunReport;
    exitCode = ended.exitCode;
  });

  test("runs, and uses every grant that has no written reason", () => {
    expect(report.iam).toMatchObject({ mode: "strict", unused: [], refused: [] });
    expect([exitCode, report.objects, report.error]).toEqual([0, 584, undefined]);
    const { granted = 0, used = 0, unexercisable = [] } = report.iam ?? {};
    expect(used + unexercisable.length).toBe(granted);
    expect(used).toBeGreaterThan(30);
    expect(unexercisable.every(({ reason }) => reason.length > 20)).toBe(true);
  });

  test("would be refused a call without any one of the actions that it used", async () => {
    const graph = await runProgram({ projectDirectory, stack, mode: "up" });
    const calls = recordedCalls(report);
    const used = [...new Set(calls.map(({ action }) => action))].sort();
    expect(refusals(graph, calls)).toBe(0);
    expect(used).toEqual(
      expect.arrayContaining(["ecr:BatchGetImage", "ecs:UpdateService", "states:GetActivityTask"]),
    );
    expect(used.filter((action) => refusals(withoutAction(graph, action), calls) === 0)).toEqual([]);
  });
});

const deletions: readonly (readonly [kind: string, role: string, action: string])[] = [
  ["a worker's task role", "merge-worker-role", "states:GetActivityTask"],
  ["a function's Lambda role", "split-role", "s3:GetObject"],
  ["the autoscaler's role", "autoscaler-role", "ecs:UpdateService"],
];

test.each(deletions)(
  "without one action of %s, a run ends with AccessDenied",
  async (_kind, role, action) => {
    const runDirectory = mkdtempSync(join(tmpdir(), "loveless-iam-"));
    const startedMs = performance.now();
    const elapsedMs = (): number => performance.now() - startedMs;
    try {
      const report = await run({
        ...parseArguments(["--once", "--json", "--iam", "strict", "--stack", "dev"]),
        projectDirectory,
        runDirectory,
        elapsedMs,
        progress: createProgress(process.stderr, elapsedMs),
        signal: new AbortController().signal,
        amendGraph: (graph) => withoutAction(graph, action, role),
      });
      expect(report).toMatchObject({ executions: { succeeded: 0, failed: 1 }, leftoverProcesses: 0 });
      expect(report.error?.name).toBe("AccessDenied");
      expect(report.error?.cause).toContain(`is not authorized to perform: ${action} on resource: `);
      expect(report.error?.cause).toContain(`-${role}-`);
    } finally {
      rmSync(runDirectory, { recursive: true, force: true });
    }
  },
);

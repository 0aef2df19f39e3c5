import { execFile } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run preview -- ARGUMENTS` without npm. */
function preview(...given: readonly string[]): Promise<Outcome> {
  const argv = ["--require", "tsx/cjs", "local/preview.ts", ...given];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, { cwd: ROOT }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

describe("npm run preview", () => {
  it("prints one line for machines, and the tree beside it, and leaves", async () => {
    const { code, stdout, stderr } = await preview("--stack", "prod", "--json");
    expect(stdout.split("\n")).toHaveLength(2);
    const report = JSON.parse(stdout) as Record<string, unknown> & {
      byType: Record<string, number>;
      policies: Record<string, unknown> & { mandatory: unknown[]; rules: number };
    };
    expect(code).toBe(report.policies.mandatory.length > 0 ? 1 : 0);
    expect(report.policies.rules).toBeGreaterThanOrEqual(60);
    expect(report).toMatchObject({
      stack: "prod",
      resources: Object.values(report.byType).reduce((sum, count) => sum + count, 0),
      graphSeconds: expect.any(Number) as number,
      policies: {
        evaluations: expect.any(Number) as number,
        advisory: expect.any(Array) as unknown[],
        exempted: expect.any(Array) as unknown[],
      },
    });
    expect(report.byType["aws:ecs/service:Service"]).toBe(2);
    expect(stderr).toMatch(/^pulumi:pulumi:Stack \S+-prod\n├─ /);
    expect(stderr).toMatch(/─ aws:ecs\/service:Service \S+ \[ignores desiredCount\]\n/);
    expect(stderr).not.toContain("are a guess");
  });

  it("calls an unknown stack wrong usage, and lists those there are", async () => {
    const { code, stdout, stderr } = await preview("--stack", "nope", "--json");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: There is no stack "nope" in \S+; choose one of .*dev.*prod.*staging/);
    expect(JSON.parse(stdout)).toMatchObject({
      stack: "nope",
      resources: null,
      error: { name: "UnknownStack" },
    });
  });

  it("calls an unknown option wrong usage, and explains itself when asked", async () => {
    const [wrong, help] = await Promise.all([preview("--colour"), preview("--help")]);
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: "error: unknown option '--colour'\n" });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--stack <name>");
  });
});

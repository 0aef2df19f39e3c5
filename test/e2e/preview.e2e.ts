import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmRun } from "./command";

interface Report {
  readonly policies: {
    readonly rules: number;
    readonly mandatory: unknown[];
    readonly advisory: unknown[];
    readonly exempted: unknown[];
  } | null;
  readonly error?: { readonly name: string; readonly cause: string };
}

async function preview(
  ...given: readonly string[]
): Promise<{ exitCode: number | null; report: Report; said: string }> {
  const { exitCode, stdout, stderr } = await npmRun("preview", ...given, "--json").ended;
  return { exitCode, report: JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Report, said: stderr };
}

describe("npm run preview, as a gate", () => {
  it.each(["dev", "staging", "prod"])(
    "lets %s pass: 60 rules or more, nothing mandatory, nothing advisory left",
    async (stack) => {
      const { exitCode, report, said } = await preview("--stack", stack);
      expect(report.policies).toMatchObject({ mandatory: [], advisory: [] });
      expect(report.policies?.rules).toBeGreaterThanOrEqual(60);
      expect(exitCode).toBe(0);
      // Each exemption of the stack file still lets something through.
      expect(said).not.toContain("lets nothing through");
    },
  );

  it("says what changed since a commit as Markdown, and writes SARIF", async () => {
    const folder = mkdtempSync(join(tmpdir(), "loveless-preview-"));
    try {
      const sarif = join(folder, "dev.sarif");
      const command = npmRun("preview", "--stack", "dev", "--base", "HEAD", "--markdown", "--sarif", sarif);
      const { exitCode, stdout } = await command.ended;
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^## ✅ Stack dev\n\n\d+ added, \d+ removed, \d+ changed of \d+ resources; /);
      expect(JSON.parse(readFileSync(sarif, "utf8"))).toMatchObject({ version: "2.1.0" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("ends with one clear line when a rule throws, and when the base is no commit", async () => {
    const throwing = await preview("--stack", "dev", "--policy-pack", "test/policies/fixtures/throwing");
    expect(throwing.exitCode).toBe(1);
    expect(throwing.report.error?.name).toBe("PolicyPackFailed");
    expect(throwing.said.trim().split("\n")).toEqual([`error: ${throwing.report.error?.cause ?? ""}`]);
    const lost = await preview("--stack", "dev", "--base", "no-such-branch");
    expect(lost.exitCode).toBe(1);
    expect(lost.said).toMatch(
      /^error: There is no commit "no-such-branch" in \S+; give a branch, a tag or a commit/,
    );
  });
});

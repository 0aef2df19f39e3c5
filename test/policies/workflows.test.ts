import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";

const ROOT = resolve(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: { readonly stack: readonly string[] } };
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = readdirSync(FOLDER);
const textOf = (file: string): string => readFileSync(join(FOLDER, file), "utf8");
const workflow = (file: string): Workflow => parse(textOf(file)) as Workflow;

describe.each(files)("%s", (file) => {
  it("names each action by a commit, with its version beside it", () => {
    const uses = textOf(file)
      .split("\n")
      .filter((line) => /^\s*-?\s*uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("has no key that lasts, and writes nothing unless a job says so", () => {
    expect(textOf(file)).not.toMatch(/secrets\.|access[-_]key|PULUMI_ACCESS_TOKEN/i);
    expect(workflow(file).permissions).toEqual({ contents: "read" });
  });

  it("ends every job", () => {
    const jobs = Object.values(workflow(file).jobs);
    expect(jobs.filter((job) => job["timeout-minutes"] === undefined)).toEqual([]);
  });

  it("puts nothing of a pull request's text into a script", () => {
    const scripts = Object.values(workflow(file).jobs).flatMap(({ steps }) =>
      steps.map(({ run = "" }) => run),
    );
    expect(scripts.filter((run) => run.includes("${{ github."))).toEqual([]);
  });
});

describe("the workflows", () => {
  const stacks = readdirSync(join(ROOT, "stacks")).flatMap(
    (file) => /^Pulumi\.(dev|staging|prod)\.yaml$/.exec(file)?.[1] ?? [],
  );

  it("let a job write only where it runs nothing of the pull request", () => {
    const { preview, comment } = workflow("ci.yml").jobs;
    expect(preview?.permissions).toBeUndefined();
    expect(comment?.permissions).toEqual({ "pull-requests": "write", "security-events": "write" });
    expect(
      comment?.steps.map(({ uses = "" }) => uses).filter((uses) => uses.startsWith("actions/checkout")),
    ).toEqual([]);
  });

  it("deploy and watch each stack in an environment of its own, with the policies", () => {
    const { deploy, drift } = workflow("deploy.yml").jobs;
    for (const job of [deploy, drift]) {
      expect([...(job?.strategy?.matrix.stack ?? [])].sort()).toEqual([...stacks].sort());
      expect(job?.environment).toContain("${{ matrix.stack }}");
      expect(job?.permissions).toEqual({ contents: "read", "id-token": "write" });
      const pulumi = job?.steps.find(({ uses }) => uses?.startsWith("pulumi/actions@") === true);
      expect(pulumi?.with).toMatchObject({ policyPacks: "policies" });
    }
  });
});

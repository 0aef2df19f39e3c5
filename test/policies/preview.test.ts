import { graphOf, type Inputs, PARENT, resource } from "./cases/case";
import type { GraphResource } from "../../local/graph";
import { compare } from "../../local/preview/compare";
import { needlessExemptions } from "../../local/preview/exemptions";
import { iamMatrix } from "../../local/preview/iam-matrix";
import { markdownOf } from "../../local/preview/markdown";
import type { Judgement } from "../../local/preview/policies";
import { type Preview, reportPreview } from "../../local/preview/report";
import { sarifOf } from "../../local/preview/sarif";
import { textOf } from "../../local/preview/text";
import { drawTree } from "../../local/preview/tree";

const stack: GraphResource = { ...resource("pulumi:pulumi:Stack", "tests-prod"), urn: PARENT, parent: null };
const role = (trusted: string): GraphResource =>
  resource("aws:iam/role:Role", "reader", {
    assumeRolePolicy: JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: trusted }, Action: "sts:AssumeRole" }],
    }),
  });
const rights = (resources: readonly string[], more: Inputs = {}): GraphResource =>
  resource("aws:iam/rolePolicy:RolePolicy", "rights", {
    role: "reader",
    policy: JSON.stringify({
      Statement: [
        { Sid: "Read", Effect: "Allow", Action: ["sqs:ReceiveMessage"], Resource: [...resources], ...more },
      ],
    }),
  });
const queue = resource("aws:sqs/queue:Queue", "jobs", { delaySeconds: 0 });
const QUEUE_ARN = String(queue.outputs.arn);
const graph = (...resources: readonly GraphResource[]) => graphOf([stack, ...resources]);

const judgement: Judgement = {
  rules: [
    {
      id: "sqs-tls",
      title: "TLS",
      description: "Why.",
      severity: "medium",
      mend: "deny.",
      url: "policies/RULES.md#sqs-tls",
      aboutStack: true,
    },
  ],
  evaluations: 7,
  mandatory: [{ rule: "sqs-tls", urn: queue.urn, message: "jobs: no policy | denies; deny." }],
  advisory: [],
  exempted: [
    { rule: "sqs-tls", urn: queue.urn, message: "exempted until 2099-01-01 (Ends soon.): jobs: x; deny." },
  ],
};
const preview = (change: Partial<Preview> = {}): Preview => ({
  graph: graph(role("lambda.amazonaws.com"), rights([QUEUE_ARN]), queue),
  graphSeconds: 1.234,
  judgement,
  comparison: null,
  base: null,
  notes: [],
  ...change,
});

describe("what changed since a commit", () => {
  it("is what was added, removed and changed, property by property", () => {
    const before = graph(role("lambda.amazonaws.com"), queue);
    const after = graph({ ...queue, inputs: { delaySeconds: 5, fifoQueue: true } }, rights([]));
    expect(compare(before, after)).toEqual({
      added: [rights([]).urn],
      removed: [role("x").urn],
      changed: [
        {
          urn: queue.urn,
          changes: [
            { path: "delaySeconds", before: "0", after: "5" },
            { path: "fifoQueue", before: null, after: "true" },
          ],
        },
      ],
    });
  });

  it("goes into documents, and tells statements apart by their names", () => {
    const [changed] = compare(
      graph(rights(["a", "b"])),
      graph(rights(["b", "*"], { Condition: { Bool: { x: "true" } } })),
    ).changed;
    expect(changed?.changes).toEqual([
      { path: "policy.Statement[Read].Resource[]", before: '"a"', after: null },
      { path: "policy.Statement[Read].Resource[]", before: null, after: '"*"' },
      { path: "policy.Statement[Read].Condition", before: null, after: '{"Bool":{"x":"true"}}' },
    ]);
  });

  it("shows long texts from where they part, and code by its length", () => {
    const of = (image: string, code: string) => graph({ ...queue, inputs: { image, code } });
    const [changed] = compare(
      of(`${"a".repeat(150)}1`, "x".repeat(5000)),
      of(`${"a".repeat(150)}2`, "y"),
    ).changed;
    expect(changed?.changes).toEqual([
      { path: "image", before: `"…${"a".repeat(30)}1"`, after: `"…${"a".repeat(30)}2"` },
      { path: "code", before: "text of 5000 characters", after: "another text of 1 characters" },
    ]);
  });

  it("sees protection and ignored properties that are gone", () => {
    const guarded = { ...queue, protect: true, ignoreChanges: ["delaySeconds"] };
    const [changed] = compare(graph(guarded), graph(queue)).changed;
    expect(changed?.changes.map(({ path }) => path)).toEqual(["options.protect", "options.ignoreChanges[]"]);
  });

  it("never shows a secret", () => {
    const secret = (value: string) => ({
      ...queue,
      inputs: { password: value },
      secretProperties: ["password"],
    });
    const text = JSON.stringify(compare(graph(secret("hunter2")), graph(secret("hunter3"))));
    expect(text).not.toContain("hunter");
    expect(text).toContain("[another secret]");
  });

  it("is nothing where nothing changed", () => {
    expect(compare(preview().graph, preview().graph)).toEqual({ added: [], removed: [], changed: [] });
  });
});

describe("exemptions", () => {
  it("that let nothing through are named, so that they go", () => {
    const setting = JSON.stringify([
      { rule: "sqs-tls", resource: ["jobs", "mail"] },
      { rule: "ecs-not-root", resource: "jobs" },
      { rule: "sqs-tls", resource: "*Queue::jo*" },
    ]);
    expect(needlessExemptions(setting, judgement.exempted)).toEqual([
      "The exemption of mail from sqs-tls lets nothing through: take it out of the stack file.",
      "The exemption of jobs from ecs-not-root lets nothing through: take it out of the stack file.",
    ]);
    expect(needlessExemptions(undefined, [])).toEqual([]);
  });
});

describe("who may do what", () => {
  it("is a row for each statement, with resources by their names", () => {
    expect(iamMatrix(preview().graph)).toEqual({
      trust: [{ role: "reader", principals: ["lambda.amazonaws.com"], condition: "" }],
      rows: [
        {
          role: "reader",
          effect: "Allow",
          actions: ["sqs:ReceiveMessage"],
          resources: ["Queue jobs"],
          condition: "",
        },
      ],
      attached: [],
    });
  });

  it("tells of managed policies that stand elsewhere", () => {
    const attachment = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached", {
      role: "reader",
      policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
    });
    expect(iamMatrix(graph(role("x"), attachment)).attached).toEqual([
      { role: "reader", policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    ]);
  });
});

describe("a preview", () => {
  it("draws parents, what is protected and what is ignored", () => {
    const child = { ...queue, protect: true, ignoreChanges: ["delaySeconds"] };
    expect(drawTree(graph(child))).toEqual([
      "pulumi:pulumi:Stack tests-prod",
      "└─ aws:sqs/queue:Queue jobs [protected; ignores delaySeconds]",
    ]);
  });

  it("for a terminal groups violations by resource, the mandatory ones first", () => {
    const text = textOf(preview()).join("\n");
    expect(text).toContain(
      "  aws:sqs/queue:Queue jobs\n    mandatory sqs-tls: jobs: no policy | denies; deny.\n    exempted  sqs-tls: exempted until",
    );
    expect(text).toContain("    may sqs:ReceiveMessage on Queue jobs");
    expect(text).toContain("1 rules looked 7 times: 1 mandatory violations, 0 advisory, 1 exempted.");
  });

  it("for machines has the keys of the contract, and no others", () => {
    expect(reportPreview(preview())).toEqual({
      stack: "prod",
      resources: 4,
      byType: {
        "aws:iam/role:Role": 1,
        "aws:iam/rolePolicy:RolePolicy": 1,
        "aws:sqs/queue:Queue": 1,
        "pulumi:pulumi:Stack": 1,
      },
      graphSeconds: 1.23,
      policies: {
        rules: 1,
        evaluations: 7,
        mandatory: judgement.mandatory,
        advisory: [],
        exempted: judgement.exempted,
      },
    });
  });

  it("for a pull request says first whether it may, and what rights are new", () => {
    const base = graph(role("lambda.amazonaws.com"), queue);
    const markdown = markdownOf(preview({ base, comparison: compare(base, preview().graph) }));
    expect(markdown).toMatch(
      /^## ❌ Stack prod\n\n1 added, 0 removed, 0 changed of 4 resources; \*\*1 mandatory\*\*/,
    );
    expect(markdown).toContain(
      "| mandatory | [sqs-tls](policies/RULES.md#sqs-tls) | medium | aws:sqs/queue:Queue jobs | jobs: no policy \\| denies; deny. |",
    );
    expect(markdown).toContain("- **+** `aws:iam/rolePolicy:RolePolicy rights`");
    expect(markdown).toContain(
      "### Rights that are new\n\n| Role | | Actions | Resources | If |\n|---|---|---|---|---|\n| reader | Allow | sqs:ReceiveMessage | Queue jobs |  |",
    );
  });

  it("for a pull request calls nobody and stays within a comment", () => {
    const many = Array.from({ length: 900 }, (_, index) =>
      resource("aws:sqs/queue:Queue", `@everybody-${String(index)}`.repeat(5)),
    );
    const markdown = markdownOf(
      preview({
        graph: graph(...many),
        judgement: {
          ...judgement,
          mandatory: many.map(({ urn }) => ({ rule: "sqs-tls", urn, message: "@octocat" })),
        },
      }),
    );
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown).not.toMatch(/@octocat/);
    expect(markdown).toContain("cut off");
  });

  it("for code scanning is SARIF with rules, levels, places and suppressions", () => {
    const sarif = sarifOf(preview(), () => ({ file: "components/pool.ts", line: 12 })) as {
      version: string;
      runs: { results: Record<string, unknown>[]; tool: { driver: { rules: unknown[] } } }[];
    };
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0]?.tool.driver.rules).toHaveLength(1);
    expect(
      sarif.runs[0]?.results.map(({ level, suppressions }) => [level, suppressions !== undefined]),
    ).toEqual([
      ["error", false],
      ["note", true],
    ]);
    expect(sarif.runs[0]?.results[0]).toMatchObject({
      ruleId: "sqs-tls",
      ruleIndex: 0,
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "components/pool.ts" }, region: { startLine: 12 } },
          logicalLocations: [{ fullyQualifiedName: queue.urn }],
        },
      ],
    });
  });
});

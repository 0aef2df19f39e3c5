import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { analyze, type Analysis, rulesOf } from "../../local/preview/analyzer";
import { type PackProcess, PolicyPackError, startPack } from "../../local/preview/pack-process";
import { judge } from "../../local/preview/policies";
import type { Graph, GraphResource } from "../../local/graph";
import { GROUPS } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import { BUCKETS, FUNCTION, REPOSITORY } from "../../policies/types";
import { CASES } from "./cases/all";
import { type Case, graphOf, resource, set, unset } from "./cases/case";

const ROOT = resolve(__dirname, "../..");
const PACK = join(ROOT, "policies");
process.env.NODE_COMPILE_CACHE = join(ROOT, ".loveless/compile-cache");

const project = { directory: ROOT, name: "tests", main: ".", typescript: false, nodeArguments: [] };

function start(config: Record<string, unknown> = {}, directory = PACK): Promise<PackProcess> {
  const texts = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]),
  );
  return startPack({ directory, project, settings: { config: texts, secretKeys: [] }, stack: "prod" });
}

/** What a pack says that does not start. */
async function complaint(starting: Promise<PackProcess>): Promise<string> {
  const outcome = await starting.then(
    (pack) => {
      pack.close();
      return "It started.";
    },
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(PolicyPackError);
  return (outcome as Error).message;
}

const mutable = resource(REPOSITORY, "shop", {
  imageTagMutability: "MUTABLE",
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: "key" }],
  tags: { Owner: "me" },
});
const lifecycle = resource("aws:ecr/lifecyclePolicy:LifecyclePolicy", "lifecycle", {
  repository: "shop",
  policy: { rules: [{}] },
});

describe("the pack under Pulumi's own analyzer", () => {
  let pack: PackProcess;
  const analyzed = async (resources: readonly GraphResource[]): Promise<Analysis> =>
    analyze(pack, graphOf(resources), await rulesOf(pack));

  beforeAll(async () => {
    pack = await start({ "loveless:autoscaler": { reservedConcurrency: 2 } });
  });
  afterAll(() => {
    pack.close();
  });

  it("has each rule, with its title, severity and mend", async () => {
    const rules = await rulesOf(pack);
    expect(rules.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    expect(rules.find(({ id }) => id === "ecs-not-root")).toEqual({
      id: "ecs-not-root",
      title: "No container runs as root",
      description: expect.stringContaining("Who breaks out") as string,
      severity: "high",
      mend: expect.stringContaining("set user") as string,
      url: "policies/RULES.md#ecs-not-root",
      aboutStack: false,
    });
  });

  const sample = GROUPS.flatMap((group) => {
    const own = CASES.filter(({ rule }) => RULES.find(({ id }) => id === rule)?.group === group);
    const about = (on: string): Case | undefined =>
      own.find(({ rule }) => RULES.find(({ id }) => id === rule)?.validate.on === on);
    return [about("resource"), about("stack")].flatMap((each) =>
      each === undefined ? [] : [{ group, ...each }],
    );
  });

  it.each(sample)("judges $group as in this process: $rule", async ({ rule, valid, breaks }) => {
    const said = async (resources: readonly GraphResource[]): Promise<readonly boolean[]> =>
      (await analyzed(resources)).diagnostics
        .filter((each) => each.rule === rule)
        .map(({ isMandatory }) => isMandatory);
    const { enforcement } = RULES.find(({ id }) => id === rule) ?? {};
    expect(await said(valid)).toEqual([]);
    for (const change of Object.values(breaks)) {
      const found = await said(change(valid));
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found)).toEqual(new Set([enforcement === "mandatory"]));
    }
  });

  it("judges by what up knows where preview does not, and tells it once", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const graph = (mutability: string): Graph =>
      graphOf(set("shop.imageTagMutability", mutability)([mutable, lifecycle]));
    const { mandatory, advisory } = await judge(pack, { preview: graph(unknown), up: graph("MUTABLE") });
    expect(mandatory.map(({ rule }) => rule)).toEqual(["ecr-immutable-tags"]);
    expect(advisory).toEqual([]);
    const alone = await analyzed(graph(unknown).resources);
    expect(alone.diagnostics.map(({ message }) => message)).toEqual([
      "undecided in preview: ecr-immutable-tags needs imageTagMutability, which only a deployment knows",
    ]);
  });

  it("takes assets and archives as Pulumi's engine sends them", async () => {
    const withCode = resource(FUNCTION, "fn", {
      code: { kind: "archive", assets: { "index.js": { kind: "text", text: "" } } },
      runtime: "nodejs16.x",
    });
    const { diagnostics } = await analyzed([withCode]);
    expect(diagnostics.map(({ rule }) => rule)).toContain("lambda-supported-runtime");
  });
});

describe("the pack's settings", () => {
  const exemption = {
    rule: "ecr-immutable-tags",
    resource: "shop",
    reason: "The build of the old shop pushes latest; it ends in spring.",
    expires: "2099-04-30",
  };
  const judgedWith = async (config: Record<string, unknown>) => {
    const pack = await start(config);
    try {
      const graph = graphOf([mutable, lifecycle]);
      return await judge(pack, { preview: graph, up: graph });
    } finally {
      pack.close();
    }
  };

  it("exempt a resource from a rule, and say until when and why", async () => {
    const { mandatory, exempted } = await judgedWith({ "policies:exemptions": [exemption] });
    expect(mandatory).toEqual([]);
    expect(exempted.map(({ rule, message }) => [rule, message])).toEqual([
      [
        "ecr-immutable-tags",
        'exempted until 2099-04-30 (The build of the old shop pushes latest; it ends in spring.): shop: imageTagMutability is "MUTABLE"; set imageTagMutability to "IMMUTABLE".',
      ],
    ]);
  });

  it("make a rule stricter or looser", async () => {
    expect(
      (await judgedWith({ "policies:levels": { "ecr-immutable-tags": "advisory" } })).advisory,
    ).toHaveLength(1);
    expect((await judgedWith({ "policies:levels": { "ecr-immutable-tags": "disabled" } })).mandatory).toEqual(
      [],
    );
  });

  it("are refused in one clear line when an exemption has expired", async () => {
    const expired = { ...exemption, expires: "2026-01-31" };
    expect(await complaint(start({ "policies:exemptions": [expired] }))).toBe(
      "The policy pack's settings are wrong: policies:exemptions[0]: the exemption of shop from ecr-immutable-tags expired on 2026-01-31; mend the resource, or renew the exemption with its reason.",
    );
  });
});

describe("a pack that fails", () => {
  it("to compile says where, in one line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "loveless-pack-"));
    try {
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
      cpSync(PACK, join(folder, "policies"), { recursive: true });
      writeFileSync(join(folder, "policies/rules/ecr.ts"), "export const ecrRules = [\n  { id: };\n");
      expect(await complaint(start({}, join(folder, "policies")))).toBe(
        'The policy pack does not compile: rules/ecr.ts:2:9: Unexpected "}"',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("in a rule says which, and why, in one line", async () => {
    const pack = await start({}, join(__dirname, "fixtures/throwing"));
    try {
      const rules = await rulesOf(pack);
      await expect(analyze(pack, graphOf([resource(BUCKETS[0], "bucket")]), rules)).rejects.toMatchObject({
        name: "PolicyPackFailed",
        message:
          "Error validating resource with policy 'buckets-have-owners' from policy pack 'throwing@v1.0.0': Cannot read properties of undefined (reading 'owner')",
      });
    } finally {
      pack.close();
    }
  });

  it("to be there says so", async () => {
    expect(await complaint(start({}, join(ROOT, "docs")))).toBe(
      `${join(ROOT, "docs")} is no policy pack: it has no PulumiPolicy.yaml.`,
    );
  });
});

it("counts each look of a rule at a resource", async () => {
  const pack = await start();
  try {
    const rules = await rulesOf(pack);
    const { evaluations } = await analyze(
      pack,
      graphOf([unset("shop.tags")([mutable])[0] ?? mutable]),
      rules,
    );
    const about = RULES.filter(({ validate }) => validate.types.includes(REPOSITORY));
    expect(evaluations).toBe(about.length);
  } finally {
    pack.close();
  }
});

/** What holds for everything that a stack declares: names, tags, logs, protection, and the same inputs on every run. */
import { resourcesOfType, type Graph, type GraphResource } from "../../../local/graph";
import { REPOSITORY } from "../stacks";
import type { Graphs } from "./graphs";

/** What AWS tags, of what the blueprint declares: by type token, as the provider's own types say. */
const UNTAGGED =
  /Policy|Attachment|lambda\/permission:|SubscriptionFilter|scheduler\/schedule:|Config|Alias|Dashboard|QueryDefinition|TopicSubscription|Versioning|PublicAccessBlock|Ownership|Encryption|Lifecycle|ClusterCapacityProviders|routeTableAssociation|route:Route/;

function declared(graph: Graph): readonly GraphResource[] {
  return graph.resources.filter(({ custom, type }) => custom && type.startsWith("aws:"));
}

export function describeWhole(graphs: () => Graphs): void {
  describe("the whole", () => {
    test("registers the same inputs on every run", () => {
      const inputs = (graph: Graph) =>
        Object.fromEntries(graph.resources.map(({ urn, inputs: each }) => [urn, JSON.stringify(each)]));
      expect(inputs(graphs().again)).toEqual(inputs(graphs().dev));
    });

    test("gives two stacks of one account no name in common", () => {
      const names = (graph: Graph) =>
        declared(graph)
          .filter(({ synthesised }) => !synthesised)
          .flatMap(({ outputs }) =>
            ["name", "family", "bucket", "dashboardName"].map((property) => outputs[property]),
          )
          .filter(
            (name): name is string => typeof name === "string" && !["", "live", "default"].includes(name),
          );
      const [inDev, inProd] = [names(graphs().dev), names(graphs().prod)];
      expect(inDev.length).toBeGreaterThan(30);
      expect(inDev.filter((name) => inProd.includes(name))).toEqual([]);
      for (const name of inDev) expect(name).toContain("loveless-dev");
      for (const name of inProd) expect(name).toContain("loveless-prod");
      expect(
        Math.max(...inProd.filter((name) => !name.startsWith("/")).map(({ length }) => length)),
      ).toBeLessThanOrEqual(80);
    });

    test("tags everything that AWS tags with project and stack, and what is a function's with its name", () => {
      for (const graph of [graphs().prod, graphs().unusual, graphs().onManagedInstances]) {
        for (const { type, name, inputs } of declared(graph).filter((each) => !UNTAGGED.test(each.type))) {
          const tags = JSON.stringify(inputs["tags"] ?? {});
          expect([type, name, tags.includes(`loveless-${graph.stack}`)]).toEqual([type, name, true]);
          if (/^(split|detect|merge)-?(fargate|ec2|instances|managed|logs)?$/.test(name))
            expect([name, tags]).toEqual([name, expect.stringContaining("Function")]);
        }
      }
    });

    test("keeps every log for as long as the stack says, under its key", () => {
      for (const graph of [graphs().prod, graphs().dev]) {
        const days = graph.stack === "prod" ? 365 : 14;
        const [key] = resourcesOfType(graph, "aws:kms/key:Key");
        for (const { inputs } of resourcesOfType(graph, "aws:cloudwatch/logGroup:LogGroup"))
          expect(inputs).toMatchObject({ retentionInDays: days, kmsKeyId: key?.outputs["arn"] });
      }
    });

    test("guards what can't be made again in prod, and nothing in dev", () => {
      const guarded = (graph: Graph) =>
        graph.resources.filter(({ protect }) => protect).map(({ type }) => type);
      expect(new Set(guarded(graphs().prod))).toEqual(
        new Set(["aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"]),
      );
      expect(guarded(graphs().dev)).toEqual([]);
      for (const repository of resourcesOfType(graphs().prod, "aws:ecr/repository:Repository"))
        expect(repository.inputs["forceDelete"]).toBe(false);
    });

    test("keeps images by immutable tags, scanned, under the key, and forgets untagged ones alone", () => {
      const { prod } = graphs();
      for (const { inputs } of resourcesOfType(prod, "aws:ecr/repository:Repository")) {
        expect(inputs).toMatchObject({
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfigurations: [{ encryptionType: "KMS" }],
        });
      }
      for (const { inputs } of resourcesOfType(prod, "aws:ecr/lifecyclePolicy:LifecyclePolicy")) {
        const { rules } = JSON.parse(String(inputs["policy"])) as {
          rules: { selection: { tagStatus: string } }[];
        };
        expect(rules.map(({ selection }) => selection.tagStatus)).toEqual(["untagged"]);
      }
    });

    test("says nothing of the machine that it was run on", () => {
      const registered = graphs().prod.resources.filter(({ type }) => !type.startsWith("docker-build:"));
      expect(JSON.stringify(registered)).not.toContain(REPOSITORY);
    });
  });
}

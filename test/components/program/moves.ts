/** Moving a function by its one line: what changes, what may not, and what a running execution may still call. */
import { parseAutoscalerSettings } from "../../../autoscaler/settings";
import { resourcesOfType, type Graph, type GraphResource, type Json } from "../../../local/graph";
import { containers, definition, services } from "../declared";
import { resource } from "../stacks";
import type { Changed, Graphs } from "./graphs";

const MOVES: readonly Changed[] = ["onFargate", "onEc2", "onManagedInstances"];

export function describeMoves(graphs: () => Graphs): void {
  const names = (graph: Graph, type: string): string[] =>
    resourcesOfType(graph, type)
      .map(({ name }) => name)
      .sort();

  describe("moving detect off lambda by its one line", () => {
    test.each(MOVES)("%s: adds what is its own, and takes nothing away", (move) => {
      const { added, removed } = difference(graphs().dev, graphs()[move]);
      expect(removed).toEqual([]);
      expect(added.length).toBeGreaterThan(5);
      expect(added.filter(({ name }) => !name.startsWith("detect-"))).toEqual([]);
    });

    test.each(MOVES)("%s: changes nothing else but the entries that name it", (move) => {
      const { changed } = difference(graphs().dev, graphs()[move]);
      const lists = move === "onFargate" ? [] : ["cluster-capacity-providers"];
      const allowed = [
        "autoscaler-policy",
        "autoscaler-settings",
        "catalogue",
        "observability-dashboard",
        "observability-follow-task",
      ];
      expect(changed.map(({ after }) => after.name).sort()).toEqual([...allowed, ...lists].sort());
      for (const { before, after } of changed) {
        expect([after.name, withoutDetect(after)]).toEqual([after.name, withoutDetect(before)]);
      }
    });

    test.each(MOVES)("%s: leaves the Lambda function and the activity as they were", (move) => {
      for (const type of ["aws:lambda/function:Function", "aws:sfn/activity:Activity"]) {
        expect(resource(graphs()[move], type, "detect").inputs).toEqual(
          resource(graphs().dev, type, "detect").inputs,
        );
      }
      expect(definition(graphs()[move])["Detect"]?.Resource).toMatch(/:activity:PROJECT-STACK-detect-/);
    });

    test.each(MOVES)("%s: runs the very image that Lambda runs, by digest", (move) => {
      const [pool] = services(graphs()[move]).filter(({ name }) => name.startsWith("detect-"));
      const { worker } = containers(graphs()[move], pool?.name ?? "");
      const lambda = resource(graphs()[move], "aws:lambda/function:Function", "detect");
      expect(worker.image).toMatch(
        /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9-]+@sha256:[0-9a-f]{64}$/,
      );
      expect(worker.image).toBe(lambda.inputs["imageUri"]);
    });
  });

  describe("moving merge back to lambda", () => {
    test("keeps the pool that previousPlacement names, without warm workers", () => {
      const { leaving } = graphs();
      expect(definition(leaving)["Merge"]?.Resource).toMatch(/:function:PROJECT-STACK-merge-/);
      expect(resource(leaving, "aws:ecs/service:Service", "merge-fargate").inputs["desiredCount"]).toBe(0);
      const before = resource(graphs().dev, "aws:ecs/taskDefinition:TaskDefinition", "merge-fargate-task");
      const after = resource(leaving, "aws:ecs/taskDefinition:TaskDefinition", "merge-fargate-task");
      expect(after.inputs).toEqual(before.inputs);
    });

    test("leaves no pool, cluster, network or autoscaler once nothing is on a pool", () => {
      const { serverless } = graphs();
      const types = new Set(serverless.resources.map(({ type }) => type));
      for (const type of ["aws:ecs/cluster:Cluster", "awsx:ec2:Vpc", "aws:scheduler/schedule:Schedule"])
        expect(types).not.toContain(type);
      expect(names(serverless, "aws:sfn/activity:Activity")).toEqual(["detect", "merge", "split"]);
    });
  });

  test("a function that needs a GPU has no Lambda function", () => {
    expect(names(graphs().prod, "aws:lambda/function:Function")).toEqual(["autoscaler", "merge", "split"]);
  });
}

interface Change {
  readonly before: GraphResource;
  readonly after: GraphResource;
}

function difference(
  before: Graph,
  after: Graph,
): { readonly added: GraphResource[]; readonly removed: GraphResource[]; readonly changed: Change[] } {
  const old = new Map(before.resources.map((each) => [each.urn, each]));
  const young = new Map(after.resources.map((each) => [each.urn, each]));
  const text = (each: GraphResource): string =>
    JSON.stringify([each.inputs, each.protect, each.ignoreChanges]);
  return {
    added: after.resources.filter(({ urn }) => !old.has(urn)),
    removed: before.resources.filter(({ urn }) => !young.has(urn)),
    changed: after.resources.flatMap((each) => {
      const same = old.get(each.urn);
      return same === undefined || text(same) === text(each) ? [] : [{ before: same, after: each }];
    }),
  };
}

/** The resource's inputs without the entries that name detect, and without where a row of the dashboard stands. */
function withoutDetect({ name, inputs }: GraphResource): Json {
  if (name === "autoscaler-settings") {
    const { pools, ...settings } = parseAutoscalerSettings({}, [String(inputs["value"])]);
    const others = pools.filter((pool) => pool.function !== "detect");
    return { ...inputs, value: JSON.stringify({ ...settings, pools: others }) };
  }
  return prune(parsed(inputs)) as Json;
}

/** JSON texts as what they say. */
function parsed(value: Json): Json {
  if (typeof value === "string" && /^[{[]/.test(value)) return parsed(JSON.parse(value) as Json);
  if (Array.isArray(value)) return value.map(parsed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, parsed(inner)]));
}

function prune(value: Json): Json | undefined {
  if (typeof value === "string") return value.includes("detect") ? undefined : value;
  if (Array.isArray(value)) {
    const isDetects = (each: Json): boolean =>
      (typeof each === "string" || isWidget(each)) && JSON.stringify(each).includes("detect");
    return value.filter((each) => !isDetects(each)).map((each) => prune(each) ?? null);
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key]) => !["x", "y", "width", "HeartbeatSeconds", "Detect"].includes(key),
  );
  return Object.fromEntries(
    kept.flatMap(([key, inner]) => {
      const pruned = prune(inner);
      return pruned === undefined ? [] : [[key, pruned]];
    }),
  );
}

/** A graph of the dashboard, or the title of a row. */
function isWidget(value: Json): boolean {
  return typeof value === "object" && value !== null && "properties" in value;
}

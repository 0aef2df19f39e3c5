import { readProject } from "../../local/engine/project";
import { runProgram } from "../../local/engine/run";
import { type Graph, type GraphResource, resourcesOfType } from "../../local/graph";
import { RULES } from "../../policies/rules";
import { judge } from "./judge";
import { MUTATIONS, mutate } from "./mutations";
import { REPOSITORY } from "../components/stacks";

process.env.NODE_COMPILE_CACHE = `${REPOSITORY}/.loveless/compile-cache`;

/** Rules about what prod does not have, or has only in ways that this suite reaches below. */
const ELSEWHERE: readonly string[] = [
  "asg-capacity-rebalance",
  "lambda-autoscaler-concurrency",
  "lambda-code-signing",
  "lambda-not-public",
  "lambda-reserved-concurrency",
  "lambda-vpc",
  "pool-desired-count-ignored",
  "scheduler-customer-key",
  "sfn-activity-tags",
  "tags",
  "vpc-interface-endpoints",
];

function without(properties: GraphResource["inputs"]): GraphResource["inputs"] {
  return Object.fromEntries(
    Object.entries(properties).filter(([key]) => key !== "tags" && key !== "tagsAll"),
  );
}

describe("a change of the prod stack that breaks one property", () => {
  let graph: Graph;
  let settings: Record<string, string>;
  let known: ReadonlySet<string>;

  const key = ({ rule, name, message }: { rule: string; name: string; message: string }): string =>
    `${rule} ${name} ${message}`;
  /** The rules that fire on the changed stack and not on the one that is deployed. */
  const noticedBy = (changed: Graph): readonly string[] => {
    const added = judge(changed, RULES, settings).violations.filter((each) => !known.has(key(each)));
    return [...new Set(added.map(({ rule }) => rule))];
  };

  beforeAll(async () => {
    graph = await runProgram({ projectDirectory: REPOSITORY, stack: "prod", mode: "up" });
    settings = { ...(await readProject(REPOSITORY, "prod")).settings.config };
    known = new Set(judge(graph, RULES, settings).violations.map(key));
  });

  it.each(
    MUTATIONS.map((each) => ({
      ...each,
      how: each.path ?? "taken away",
      target: each.type.split(":").at(-1),
    })),
  )("is noticed by $rule alone: $target $how", (mutation) => {
    expect(noticedBy(mutate(graph, mutation))).toEqual([mutation.rule]);
  });

  it("is noticed where counts stop being ignored, by that rule alone", () => {
    const owned = graph.resources.filter(({ ignoreChanges }) =>
      ignoreChanges.some((path) => ["desiredCount", "desiredCapacity"].includes(path)),
    );
    expect(owned.length).toBeGreaterThanOrEqual(3);
    for (const resource of owned) {
      const resources = graph.resources.map((each) =>
        each === resource ? { ...each, ignoreChanges: [] } : each,
      );
      expect(noticedBy({ ...graph, resources })).toEqual(["pool-desired-count-ignored"]);
    }
  });

  it("is noticed where the execution role becomes the task's, by that rule alone", () => {
    for (const task of resourcesOfType(graph, "aws:ecs/taskDefinition:TaskDefinition")) {
      const { executionRoleArn } = task.inputs;
      const merged = { type: task.type, of: task.name, path: "taskRoleArn", value: executionRoleArn ?? "" };
      expect(noticedBy(mutate(graph, { rule: "", ...merged }))).toEqual(["ecs-roles-apart"]);
    }
  });

  it("is noticed where anything loses its tags, by that rule alone", () => {
    const tagged = graph.resources.filter(
      ({ type, outputs }) =>
        "tagsAll" in outputs && !["aws:autoscaling/group:Group", "aws:sfn/activity:Activity"].includes(type),
    );
    const rules = new Set(
      tagged.flatMap((resource) => {
        const [inputs, outputs] = [without(resource.inputs), without(resource.outputs)];
        const resources = graph.resources.map((each) =>
          each === resource ? { ...each, inputs, outputs } : each,
        );
        return noticedBy({ ...graph, resources });
      }),
    );
    expect([...rules]).toEqual(["tags"]);
  });

  it("is tried for every rule that prod can break", () => {
    const tried = new Set([...MUTATIONS.map(({ rule }) => rule), "ecs-roles-apart", ...ELSEWHERE]);
    expect(RULES.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});

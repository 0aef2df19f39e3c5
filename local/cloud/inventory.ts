/** What became of each resource of the graph on this machine: running, or recorded and why. Nothing is passed over. */
import type { Graph, GraphResource } from "../graph";
import type { NotRunnable } from "./properties";

export interface RealisedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly status: "running" | "recorded";
  /** What it is here, or why it is only recorded. */
  readonly why: string;
}

/** What the realisation did with the resources that it acts on, by URN: words for what runs, or why it can't. */
export type Realised = ReadonlyMap<string, string | NotRunnable>;

/** Why the other types are only recorded; the longest prefix that fits. */
const RECORDED: Readonly<Record<string, string>> = {
  "pulumi:": "Pulumi's own; nothing of it is deployed",
  "aws:iam/": "its documents judge every call of a role; nobody manages identities here",
  "aws:ec2/": "there are no networks and machines here: everything runs on this one, on loopback",
  "aws:ec2/launchTemplate:": "workers are processes of this machine, not of instances",
  "aws:autoscaling/": "workers are processes of this machine, not of instances",
  "aws:ecs/capacityProvider:": "workers are processes of this machine, not of instances",
  "aws:ecs/clusterCapacityProviders:": "workers are processes of this machine, not of instances",
  "aws:ecr/": "functions run from their build contexts, without a registry",
  "awsx:ecr:Image": "nothing that runs here is started from it",
  "docker-build:": "functions run from their build contexts, without Docker",
  "aws:cloudwatch/": "nothing here watches alarms or draws dashboards",
  "aws:s3/bucketPolicy:": "it judges every call on its bucket; nobody manages it here",
  "aws:s3/": "buckets here have objects and nothing else",
  "aws:lambda/permission:": "it judges who calls its function; nobody manages it here",
  "aws:lambda/": "functions here are invoked and nothing else",
  "aws:kms/": "its policy judges who may use it, and services ask it as on AWS; nothing is encrypted here",
};

export function inventoryOf(graph: Graph, realised: Realised): readonly RealisedResource[] {
  return graph.resources.map((resource) => {
    const { urn, type, name } = resource;
    const done = realised.get(urn);
    if (typeof done === "string") return { urn, type, name, status: "running", why: done };
    return { urn, type, name, status: "recorded", why: done?.why ?? reasonFor(resource) };
  });
}

function reasonFor({ type, custom }: GraphResource): string {
  const prefix = Object.keys(RECORDED)
    .filter((each) => type.startsWith(each))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix !== undefined) return RECORDED[prefix] ?? "";
  return custom ? "the local cloud has no such service" : "a component: its children are what is deployed";
}

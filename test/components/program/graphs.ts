/** The graphs that the tests look at: the program, run by the real language runtime on the repository's stacks and on changed ones. */
import { rmSync } from "node:fs";
import { runProgram } from "../../../local/engine/run";
import type { Graph } from "../../../local/graph";
import { projectOf, type Config } from "../stacks";

/** A change of the dev stack, whose name stays: what differs in the graph is the change's doing. */
const CHANGES = {
  /** As it is; in a copy, since what is compared with it is in one as well. */
  dev: () => undefined,
  /** A second run, to be compared with the first. */
  again: () => undefined,
  onFargate: (config: Config) => {
    move(config, "fargate");
  },
  onEc2: (config: Config) => {
    move(config, "ec2");
  },
  onManagedInstances: (config: Config) => {
    move(config, "managed-instances");
  },
  /** Everything on Lambda; merge still has the pool that it left. */
  leaving: (config: Config) => {
    Object.assign(config["loveless:functions"]?.["merge"] ?? {}, {
      placement: "lambda",
      previousPlacement: "fargate",
      minWorkers: 1,
    });
  },
  /** Everything on Lambda, and nothing left behind. */
  serverless: (config: Config) => {
    Object.assign(config["loveless:functions"]?.["merge"] ?? {}, { placement: "lambda" });
  },
  /** As many of the other settings as fit into one stack. */
  unusual: (config: Config) => {
    Object.assign(config["loveless:network"] ?? {}, { natGateways: "none", endpointServices: ["sqs"] });
    Object.assign(config, UNUSUAL_STACK);
    Object.assign(config["loveless:functions"]?.["detect"] ?? {}, {
      placement: "ec2",
      instanceTypes: ["c7g.large"],
      architecture: "arm64",
      warmInstances: 2,
      imageId: "ami-0123456789abcdef0",
      ephemeralStorageMib: 30_720,
      isolation: "task",
      sessionScope: true,
      environment: { MODE: "fast" },
      secrets: { TOKEN_ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token" },
    });
    Object.assign(config["loveless:functions"]?.["split"] ?? {}, {
      imageUri: PROMOTED,
      reach: [{ cidrBlock: "10.30.0.0/16", port: 5432, description: "the catalogue's database" }],
    });
  },
  /** An image that can't take an injected worker, and payloads that Step Functions can't carry. */
  beside: (config: Config) => {
    Object.assign(config["loveless:functions"]?.["merge"] ?? {}, { worker: "sidecar", largePayloads: true });
  },
  /** In a network that somebody else owns. */
  guest: (config: Config) => {
    Object.assign(config, {
      "loveless:network": { vpcId: "vpc-0a1b2c", privateSubnetIds: ["subnet-0a", "subnet-0b"] },
    });
  },
} satisfies Record<string, (config: Config) => void>;

export const PROMOTED = `999999999999.dkr.ecr.eu-west-1.amazonaws.com/split@sha256:${"a".repeat(64)}`;
export const BOUNDARY = "arn:aws:iam::123456789012:policy/boundary";

const UNUSUAL_STACK = {
  "loveless:functionRole": true,
  "loveless:autoscaler": { fastSignal: true },
  "loveless:alarms": { maxWaitSeconds: 60, email: "ops@example.com" },
  "loveless:deployment": { githubRepository: "owner/name", permissionsBoundaryArn: BOUNDARY },
};

function move(config: Config, placement: string): void {
  Object.assign(config["loveless:functions"]?.["detect"] ?? {}, { placement });
}

export type Changed = keyof typeof CHANGES;
export type Graphs = Readonly<Record<Changed | "staging" | "prod", Graph>>;

/** Runs the program on all of them, as many at a time as there are cores, and removes what that took. */
export async function runAll(): Promise<Graphs> {
  const changes = Object.entries(CHANGES) as [Changed, (config: Config) => void][];
  const unchanged = (["staging", "prod"] as const).map((stack) => ({
    name: stack,
    directory: projectOf({ [stack]: () => undefined }, stack),
    stack,
  }));
  const changed = changes.map(([name, change]) => ({
    name,
    directory: projectOf({ dev: change }),
    stack: "dev",
  }));
  const runs = [...unchanged, ...changed];
  try {
    const graphs: Partial<Record<keyof Graphs, Graph>> = {};
    const waiting = [...runs];
    const work = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        graphs[run.name] = await runProgram({
          projectDirectory: run.directory,
          stack: run.stack,
          mode: "up",
        });
      }
    };
    await Promise.all([work(), work(), work()]);
    return graphs as Graphs;
  } finally {
    for (const { directory } of runs) rmSync(directory, { recursive: true, force: true });
  }
}

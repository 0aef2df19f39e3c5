/** The stack's settings: what a stack file may say, and the one line that answers what it may not. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { functionEntry } from "../../components/settings/function-entry";
import { parseSettings, type Settings } from "../../components/settings/stack-settings";
import { stackConfig } from "./stacks";

type Values = Record<string, unknown>;
type Name = "split" | "detect" | "merge";

const STACKS = join(__dirname, "../../stacks");

/** A stack file's config, ready to be changed. */
function stackFile(stack: string): Record<string, Values> {
  return stackConfig(stack) as Record<string, Values>;
}

function read(config: Record<string, unknown>): Settings<Name> {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseSettings(["split", "detect", "merge"], {
    project: "loveless",
    stack: "mine",
    config: Object.fromEntries(texts) as Record<string, string>,
  });
}

/** The message that a copy of the dev stack gives, with some keys of detect's entry changed. */
function complaint(detect: Values, change?: (config: Record<string, Values>) => void): string {
  const config = stackFile("dev");
  Object.assign(config["loveless:functions"]?.["detect"] as Values, detect);
  change?.(config);
  try {
    read(config);
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return error.message;
    throw error;
  }
  return "none";
}

describe("a stack file of the repository", () => {
  const stacks = readdirSync(STACKS).map((file) => file.replace(/^Pulumi\.(.*)\.yaml$/, "$1"));

  test.each(stacks)("%s is right", (stack) => {
    expect(read(stackFile(stack)).functions.detect.timeoutSeconds).toBe(300);
  });

  test.each(stacks)("%s runs split on lambda and merge on a fargate pool that sleeps", (stack) => {
    const { split, merge } = read(stackFile(stack)).functions;
    expect([split.placement, merge.placement, merge.minWorkers]).toEqual(["lambda", "fargate", 0]);
  });

  test("dev, staging and prod place detect on lambda, fargate and GPU instances", () => {
    const placed = ["dev", "staging", "prod"].map((stack) => {
      const { placement, gpu } = read(stackFile(stack)).functions.detect;
      return [placement, gpu];
    });
    expect(placed).toEqual([
      ["lambda", 0],
      ["fargate", 0],
      ["ec2", 1],
    ]);
  });

  test.each(["fargate", "ec2", "managed-instances"])(
    "moves detect from dev's lambda to %s by one line",
    (placement) => {
      expect(complaint({ placement })).toBe("none");
    },
  );
});

describe("the complaint about a stack file", () => {
  test("names the key, the file, what was found and what is allowed, in one line", () => {
    expect(complaint({ placement: "gpu" })).toBe(
      'stacks/Pulumi.mine.yaml is wrong: loveless:functions.detect.placement: got "gpu", allowed is "lambda", "fargate", "ec2" or "managed-instances". Change it there.',
    );
  });

  test("says that a missing key is missing", () => {
    expect(complaint({ maxWorkers: undefined })).toContain(
      "loveless:functions.detect.maxWorkers: got nothing, allowed is a whole number of workers from 1 to 1000",
    );
  });

  test("names every mistake", () => {
    const message = complaint({ slots: 0, cpu: "one" });
    expect(message).toContain("detect.slots: got 0,");
    expect(message).toContain('detect.cpu: got "one",');
    expect(message).not.toContain("\n");
  });

  test.each<[string, Values, string]>([
    [
      "an unknown key of a function",
      { gpus: 1 },
      "loveless:functions.detect.gpus: got 1, allowed is one of the keys placement,",
    ],
    [
      "more warm workers than workers",
      { minWorkers: 5 },
      "detect.minWorkers: got 5, allowed is at most maxWorkers, which is 4",
    ],
    [
      "more than 900 seconds on lambda",
      { timeoutSeconds: 901 },
      "detect.timeoutSeconds: got 901, allowed is at most 900 seconds on lambda",
    ],
    [
      "more than 10 GiB on lambda",
      { memoryMib: 12_288 },
      "detect.memoryMib: got 12288, allowed is from 128 to 10240 MiB on lambda",
    ],
    [
      "a size that Fargate lacks",
      { placement: "fargate", memoryMib: 1024 },
      "detect.memoryMib: got 1024, allowed is one of 2048, 3072,",
    ],
    [
      "a cpu that Fargate lacks",
      { placement: "fargate", cpu: 3072 },
      "detect.cpu: got 3072, allowed is one of 256, 512,",
    ],
    ["a GPU on fargate", { placement: "fargate", gpu: 1 }, "detect.gpu: got 1, allowed is 0 on fargate"],
    [
      "ec2 without instance types",
      { placement: "ec2", instanceTypes: [] },
      "detect.instanceTypes: got [], allowed is at least one",
    ],
    [
      "a GPU on instances without one",
      { placement: "ec2", gpu: 1 },
      'detect.instanceTypes: got ["c6i.large","c5.large"], allowed is types with an NVIDIA GPU',
    ],
    [
      "more than 1,000 pollers",
      { placement: "fargate", slots: 10, maxWorkers: 101 },
      "detect.maxWorkers: got 101, allowed is at most 100 workers",
    ],
    [
      "a sidecar with two slots",
      { placement: "fargate", worker: "sidecar", slots: 2 },
      'detect.slots: got 2, allowed is 1 where worker is "sidecar"',
    ],
    [
      "a sidecar with a fresh process for each task",
      { placement: "fargate", worker: "sidecar", isolation: "task" },
      'detect.isolation: got "task", allowed is "worker" where worker is "sidecar"',
    ],
    [
      "a worker of another kind",
      { worker: "beside" },
      'detect.worker: got "beside", allowed is "injected" or',
    ],
    [
      "two slots with a fresh process for each task",
      { placement: "fargate", isolation: "task", slots: 2 },
      'detect.slots: got 2, allowed is 1 where isolation is "task"',
    ],
    [
      "rights by the task in a warm process",
      { placement: "fargate", sessionScope: true },
      'detect.isolation: got nothing, allowed is "task" where sessionScope is true',
    ],
    [
      "a warm pool of Spot instances",
      { placement: "ec2", warmInstances: 1, spotPercent: 50, instanceTypes: ["c6i.large"] },
      "detect.warmInstances: got 1, allowed is 0 where spotPercent is above 0",
    ],
    [
      "a warm pool of mixed instances",
      { placement: "ec2", warmInstances: 1 },
      "detect.warmInstances: got 1, allowed is 0 with several instanceTypes",
    ],
    [
      "instances of the other architecture",
      { placement: "ec2", architecture: "arm64" },
      'detect.instanceTypes: got ["c6i.large","c5.large"], allowed is types of architecture arm64, and c6i.large, c5.large is not',
    ],
    [
      "a GPU without a cap on what it may cost",
      { placement: "ec2", gpu: 1, instanceTypes: ["g5.xlarge"] },
      "detect.maxDollarsPerHour: got nothing, allowed is US dollars per hour where gpu is above 0",
    ],
    [
      "a cap that nothing can be held against",
      { placement: "managed-instances", maxDollarsPerHour: 5 },
      "detect.dollarsPerWorkerHour: got nothing, allowed is US dollars per worker and hour",
    ],
    [
      "GPUs on managed instances of no named type",
      { placement: "managed-instances", gpu: 1, instanceTypes: [] },
      "detect.instanceTypes: got [], allowed is types with an NVIDIA GPU",
    ],
    [
      "a /tmp that Lambda lacks",
      { ephemeralStorageMib: 20_480 },
      "detect.ephemeralStorageMib: got 20480, allowed is at most 10240 MiB on lambda",
    ],
    [
      "an image by its tag",
      { imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/detect:latest" },
      "allowed is an image in ECR at a digest and without a tag",
    ],
    [
      "a secret's value in place of its ARN",
      { secrets: { TOKEN: "s3cr3t" } },
      'detect.secrets.TOKEN: got "s3cr3t", allowed is the ARN of a secret in Secrets Manager',
    ],
    [
      "a variable that is Lambda's own",
      { environment: { AWS_REGION: "x" } },
      'detect.environment.AWS_REGION: got "x", allowed is a name of letters',
    ],
    [
      "one variable in two places",
      { environment: { A: "x" }, secrets: { A: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a" } },
      "allowed is names that environment has not, and it has A",
    ],
    [
      "a heartbeat that outlives the task",
      { placement: "fargate", heartbeatSeconds: 300 },
      "detect.heartbeatSeconds: got 300, allowed is less than timeoutSeconds, which is 300",
    ],
    [
      "a time-out that the heartbeat's default does not fit into",
      { placement: "fargate", timeoutSeconds: 30, heartbeatSeconds: undefined },
      "detect.heartbeatSeconds: got nothing, allowed is less than timeoutSeconds, which is 30; it is 30 unless it is set",
    ],
    [
      "a lambda's limit while it is the previous placement",
      { placement: "fargate", previousPlacement: "lambda", timeoutSeconds: 901 },
      "detect.timeoutSeconds: got 901, allowed is at most 900",
    ],
  ])("refuses %s", (_what, change, message) => {
    expect(complaint(change)).toContain(message);
  });

  test.each<[string, (config: Record<string, unknown>) => void, string]>([
    [
      "a function that the program does not have",
      (c) => Object.assign(c["loveless:functions"] as Values, { blur: {} }),
      "loveless:functions.blur: got {}, allowed is one of the keys split, detect, merge",
    ],
    [
      "a function without an entry",
      (c) => Object.assign(c["loveless:functions"] as Values, { merge: undefined }),
      "loveless:functions.merge: got nothing, allowed is an entry of a function",
    ],
    [
      "an unknown key of the project",
      (c) => Object.assign(c, { "loveless:netwrk": "x" }),
      'loveless:netwrk: got "x", allowed is one of the keys aws:region, loveless:network,',
    ],
    [
      "rights by the task without a role of the function's own",
      (c) =>
        Object.assign((c["loveless:functions"] as Record<string, Values>)["detect"] ?? {}, {
          isolation: "task",
          sessionScope: true,
        }),
      "loveless:functions.detect.sessionScope: got true, allowed is false where functionRole is false",
    ],
    [
      "a sidecar where functions have roles of their own",
      (c) => {
        Object.assign(c, { "loveless:functionRole": true });
        Object.assign((c["loveless:functions"] as Record<string, Values>)["detect"] ?? {}, {
          placement: "fargate",
          worker: "sidecar",
        });
      },
      'loveless:functions.detect.worker: got "sidecar", allowed is "injected" where functionRole is true',
    ],
    [
      "a canary of more than two hours",
      (c) => Object.assign(c, { "loveless:autoscaler": { canaryMinutes: 121 } }),
      "loveless:autoscaler.canaryMinutes: got 121, allowed is a whole number of minutes from 0 to 120",
    ],
    [
      "a NAT strategy that awsx lacks",
      (c) => Object.assign(c["loveless:network"] as Values, { natGateways: "two" }),
      'loveless:network.natGateways: got "two", allowed is "none", "single" or "one-per-zone"',
    ],
    [
      "a network of somebody else with one subnet",
      (c) => Object.assign(c, { "loveless:network": { vpcId: "vpc-0a", privateSubnetIds: ["subnet-0a"] } }),
      'loveless:network.privateSubnetIds: got ["subnet-0a"], allowed is a list of two private subnets or more',
    ],
    [
      "a deploy role without a boundary",
      (c) => Object.assign(c, { "loveless:deployment": { githubRepository: "owner/name" } }),
      "loveless:deployment.permissionsBoundaryArn: got nothing, allowed is the ARN of a managed policy",
    ],
    [
      "no region",
      (c) => Object.assign(c, { "aws:region": "Ireland" }),
      'aws:region: got "Ireland", allowed is an AWS region, such as "eu-west-1"',
    ],
    [
      "a network without a block of addresses",
      (c) => Object.assign(c["loveless:network"] as Values, { cidrBlock: "10.0.0.0" }),
      'loveless:network.cidrBlock: got "10.0.0.0", allowed is an IPv4 block',
    ],
    [
      "a retention that CloudWatch lacks",
      (c) => Object.assign(c, { "loveless:logRetentionDays": 10 }),
      "loveless:logRetentionDays: got 10, allowed is one of 1, 3, 5,",
    ],
  ])("refuses %s", (_what, change, message) => {
    expect(complaint({}, change)).toContain(message);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["a text", "x"],
    ["a fraction", 1.5],
    ["true", true],
    ["a list", [["x"]]],
    ["a map", { x: { y: [] } }],
  ])("is never in the words of the schema's library, whichever key has %s", (_what, value) => {
    const config = stackFile("dev");
    const keysOfFunctions = Object.keys(functionEntry.shape);
    const keysOfStack = Object.keys(config).filter((key) => !key.startsWith("policies:"));
    const complaints = [
      ...keysOfFunctions.map((key) => complaint({ [key]: value })),
      ...[...keysOfStack, "loveless:autoscaler", "loveless:callers", "loveless:deployment"].map((key) =>
        complaint({}, (changed) => Object.assign(changed, { [key]: value })),
      ),
    ];
    expect(complaints.filter((each) => each !== "none").length).toBeGreaterThan(20);
    expect(complaints.filter((each) => /Invalid|expected|received|Too (big|small)/.test(each))).toEqual([]);
  });

  test("says when the names of roles would be too long for IAM, on whatever placement", () => {
    const parse = (stack: string) => () =>
      parseSettings(["split", "detect", "merge"], { project: "loveless", stack, config: {} });
    expect(parse("a-stack-with-seventeen")).toThrow(
      'project "loveless", stack "a-stack-with-seventeen" and function "split": got 35 characters together, allowed is 31',
    );
    expect(parse("a-stack-that-fits")).not.toThrow(/names are too long/);
  });

  test("tells the program that names a function twice", () => {
    const source = { project: "loveless", stack: "mine", config: {} };
    expect(() => parseSettings(["split", "split"], source)).toThrow(
      'index.ts is wrong: FUNCTIONS: got "split" twice, allowed is each name once. Change it there.',
    );
  });

  test("leaves the keys of other namespaces to their owners", () => {
    expect(complaint({}, (config) => Object.assign(config, { "pulumi:tags": {}, "aws:profile": "me" }))).toBe(
      "none",
    );
  });

  test("ignores what only a pool needs while the function is on lambda", () => {
    expect(complaint({ gpu: 1, cpu: 3072, heartbeatSeconds: 400, slots: 1000 })).toBe("none");
  });
});

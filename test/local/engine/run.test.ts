import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { type Progress, runProgram } from "../../../local/engine/run";
import { type Graph, type GraphResource, resourcesOfType, UNKNOWN } from "../../../local/graph";
import { isAlive } from "../../worker/alive";

// One cache for all programs, and for npm start: compiling @pulumi/aws takes longer than a run.
process.env.NODE_COMPILE_CACHE = join(__dirname, "../../../.loveless/compile-cache");

const fixture = (name: string): string => join(__dirname, "fixtures", name);

function only(graph: Graph, type: string): GraphResource {
  const found = resourcesOfType(graph, type);
  if (found.length !== 1) throw new Error(`There are ${String(found.length)} of ${type}, not 1.`);
  return found[0] as GraphResource;
}

describe("the graph of a program", () => {
  let up: Graph;
  let again: Graph;
  let preview: Graph;

  beforeAll(async () => {
    const project = { projectDirectory: fixture("whole"), stack: "dev" } as const;
    [up, again] = await Promise.all([
      runProgram({ ...project, mode: "up" }),
      runProgram({ ...project, mode: "up" }),
    ]);
    preview = await runProgram({ ...project, mode: "preview" });
  });

  it("is the same on every run", () => {
    expect(again).toEqual(up);
  });

  it("has each resource after its parent and its dependencies", () => {
    const seen = new Set<string>();
    const urns = new Set(up.resources.map(({ urn }) => urn));
    for (const { urn, parent, dependencies } of up.resources) {
      const before = [...(parent === null ? [] : [parent]), ...dependencies].filter((each) => urns.has(each));
      expect(before.filter((each) => !seen.has(each))).toEqual([]);
      seen.add(urn);
    }
  });

  it("gives settings as the Pulumi CLI does: text as it is, the rest as JSON, project defaults below", () => {
    expect(up.outputs.settings).toEqual({
      greeting: "hello",
      count: 3,
      enabled: true,
      text: "007",
      nested: { list: [1, "two"] },
    });
  });

  it("knows an encrypted setting, and what is made from it, as a secret", () => {
    expect(up.secretOutputs).toEqual(["token"]);
    expect(up.outputs.token).toBe("v1:ciphertext");
    expect(only(up, "aws:ssm/parameter:Parameter").secretProperties).toEqual(["value"]);
  });

  it("keeps parents in the URN, and the outputs that a component registers", () => {
    const group = only(up, "whole:index:Group");
    const role = only(up, "aws:iam/role:Role");
    expect(role.urn).toBe("urn:pulumi:dev::whole::whole:index:Group$aws:iam/role:Role::group-role");
    expect(role.parent).toBe(group.urn);
    expect(group).toMatchObject({ custom: false, id: null, outputs: { roleArn: role.outputs.arn } });
  });

  it("names resources as Pulumi does, with digits that do not change", () => {
    expect(only(up, "aws:s3/bucket:Bucket").id).toMatch(/^data-[0-9a-f]{7}$/);
    expect(only(up, "aws:iam/role:Role").outputs.arn).toMatch(
      /^arn:aws:iam::123456789012:role\/group-role-[0-9a-f]{7}$/,
    );
    expect(up.outputs.queueUrl).toBe("https://sqs.eu-west-1.amazonaws.com/123456789012/my-queue");
    expect(up.outputs.aliasArn).toMatch(
      /^arn:aws:states:eu-west-1:123456789012:stateMachine:machine-[0-9a-f]{7}:live$/,
    );
  });

  it("keeps protection, ignored properties and dependencies, each per property too", () => {
    const bucket = only(up, "aws:s3/bucket:Bucket");
    expect(bucket).toMatchObject({ protect: true, ignoreChanges: ["tags"] });
    expect(only(up, "aws:sns/topic:Topic").dependencies).toEqual([bucket.urn]);
    const role = only(up, "aws:iam/role:Role");
    expect(only(up, "aws:lambda/function:Function").propertyDependencies).toEqual({ role: [role.urn] });
  });

  it("takes the region from the resource's own provider, and default tags from the settings", () => {
    expect(up.outputs.topicArn).toMatch(/^arn:aws:sns:eu-north-1:/);
    expect(only(up, "aws:s3/bucket:Bucket").outputs.tagsAll).toEqual({ owner: "tests" });
  });

  it("runs the program's transforms before it registers a resource", () => {
    expect(only(up, "aws:sqs/queue:Queue").inputs).toEqual({
      name: "my-queue",
      tags: { transformed: "yes" },
    });
  });

  it("carries the contents of assets, with absolute paths", () => {
    expect(only(up, "aws:lambda/function:Function").inputs.code).toEqual({
      kind: "archive",
      assets: {
        "index.js": { kind: "text", text: "exports.handler = 1" },
        "data.bin": { kind: "file", path: join(fixture("whole"), "image/Dockerfile") },
      },
    });
  });

  it("answers what is only read, and leaves it out of the graph", () => {
    expect(up.outputs.sharedArn).toBe("arn:aws:s3:::shared-bucket");
    expect(resourcesOfType(up, "aws:s3/bucket:Bucket").map(({ name }) => name)).toEqual(["Data"]);
  });

  it("makes up an id and an ARN for a type that it has no model of", () => {
    expect(up.outputs.brokerArn).toMatch(
      /^arn:aws:mq:eu-west-1:123456789012:configuration\/broker-[0-9a-f]{7}$/,
    );
  });

  it("answers data sources", () => {
    expect(up.outputs.firstZone).toBe("eu-west-1a");
    expect(up.outputs.ami).toMatch(/^ami-[0-9a-f]{17}$/);
    const bucketArn = String(only(up, "aws:s3/bucket:Bucket").outputs.arn);
    expect(JSON.parse(String(up.outputs.policyJson))).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: `${bucketArn}/*` }],
    });
  });

  it("has the children that awsx makes for a VPC, marked as synthesised", () => {
    const count = (type: string): number => resourcesOfType(up, type).length;
    expect({
      subnets: count("aws:ec2/subnet:Subnet"),
      routeTables: count("aws:ec2/routeTable:RouteTable"),
      associations: count("aws:ec2/routeTableAssociation:RouteTableAssociation"),
      routes: count("aws:ec2/route:Route"),
      internetGateways: count("aws:ec2/internetGateway:InternetGateway"),
      natGateways: count("aws:ec2/natGateway:NatGateway"),
      eips: count("aws:ec2/eip:Eip"),
    }).toEqual({
      subnets: 4,
      routeTables: 4,
      associations: 4,
      routes: 4,
      internetGateways: 1,
      natGateways: 1,
      eips: 1,
    });
    const privateSubnets = resourcesOfType(up, "aws:ec2/subnet:Subnet").filter(({ name }) =>
      name.includes("private"),
    );
    expect(privateSubnets.map(({ inputs, synthesised }) => [inputs.cidrBlock, synthesised])).toEqual([
      ["10.1.0.0/18", true],
      ["10.1.128.0/18", true],
    ]);
    expect(up.outputs.subnets).toMatchObject({ private: privateSubnets.map(({ id }) => id) });
    expect(up.outputs.vpcCidr).toBe("10.1.0.0/16");
  });

  it("knows an image by a digest, and its repository with a lifecycle policy", () => {
    const repository = only(up, "aws:ecr/repository:Repository");
    expect(repository.name).toBe("images");
    expect(up.outputs.imageUri).toMatch(
      /^123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/images-[0-9a-f]{7}@sha256:[0-9a-f]{64}$/,
    );
    expect(only(up, "aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs.repository).toBe(
      repository.outputs.name,
    );
    expect(only(up, "docker-build:index:Image").inputs).toMatchObject({
      context: { location: "image" },
      push: true,
    });
  });

  it("has in preview the same resources, with what AWS decides unknown", () => {
    expect(preview.resources.map(({ urn }) => urn)).toEqual(up.resources.map(({ urn }) => urn));
    const machine = only(preview, "aws:sfn/stateMachine:StateMachine");
    expect(machine.id).toBeNull();
    expect(machine.inputs).toMatchObject({ roleArn: UNKNOWN, definition: "{}" });
    expect(machine.outputs.name).toBe(only(up, "aws:sfn/stateMachine:StateMachine").outputs.name);
    expect(preview.outputs.imageUri).toBe(UNKNOWN);
  });
});

describe("a program that fails", () => {
  const run = (stack: string, onProgress?: (progress: Progress) => void): Promise<Graph> =>
    runProgram({
      projectDirectory: fixture("failing"),
      stack,
      mode: "up",
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  const thing = "urn:pulumi:duplicate::failing::failing:index:Thing::thing";

  it.each([
    ["run-error", 'failing:size must be a number, got "big"; write 1 to 10.'],
    ["resource-error", "failing:index:Thing (thing): the argument is wrong"],
    [
      "duplicate",
      `failing:index:Thing (thing): Duplicate resource URN '${thing}'; try giving it a unique name`,
    ],
    [
      "long-name",
      `aws:iam/role:Role (${"r".repeat(60)}): aws:iam/role:Role resource '${"r".repeat(60)}' has a problem: name '${"r".repeat(60)}-' plus 7 random chars is longer than maximum length 64`,
    ],
  ])("ends with Pulumi's own words, and nothing more: %s", async (stack, message) => {
    await expect(run(stack)).rejects.toMatchObject({ name: "ProgramFailed", message });
  });

  it.each([
    [
      "error",
      /^Running program '.*failing\/' failed with an unhandled exception:\nTypeError: the program is wrong\n {4}at \S+ \(\S*\/fixtures\/failing\/index\.ts:24:11\)\n/,
    ],
    ["rejected", /^Error: nobody waited for this\n {4}at /],
    [
      "data-source",
      /no answer to the data source aws:ec2\/getSpotPrice:getSpotPrice, only to getCallerIdentity, /,
    ],
    ["hook", /does not support resource hooks/],
    ["exit", /^an unhandled error occurred: Program exited with non-zero exit code: 7\nabout to leave$/],
  ])("says where it went wrong: %s", async (stack, message) => {
    await expect(run(stack)).rejects.toThrow(message);
  });

  it("says nothing of the resources that a refused one takes with it", async () => {
    const progress: Progress[] = [];
    const running = run("refused-among-many", (each) => progress.push(each));
    await expect(running).rejects.toThrow(/^aws:iam\/role:Role \(r+\): .*longer than maximum length 64$/);
    expect(progress.filter(({ kind }) => kind === "message")).toEqual([]);
  });

  it("does not fail when nothing is wrong", async () => {
    const progress: Progress[] = [];
    const graph = await run("fine", (each) => progress.push(each));
    expect(graph.resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack", "failing:index:Thing"]);
    expect(progress).toContainEqual({ kind: "resource", type: "failing:index:Thing", name: "thing" });
  });

  it("lists the stacks there are when it is asked for another", async () => {
    const stacks = readdirSync(join(fixture("failing"), "stacks")).map((file) => file.split(".")[1]);
    await expect(run("nope")).rejects.toMatchObject({
      name: "UnknownStack",
      message: expect.stringContaining(`choose one of ${stacks.sort().join(", ")}.`) as string,
    });
  });

  it("is killed when its run is aborted", async () => {
    const abort = new AbortController();
    const running = runProgram({
      projectDirectory: fixture("failing"),
      stack: "fine",
      mode: "up",
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(running).rejects.toThrow("Program was ended by SIGKILL");
  });
});

describe("an engine that is killed", () => {
  it("takes its program with it", async () => {
    const engine = spawn(process.execPath, ["--import", "tsx", join(__dirname, "run-endless.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: engine.stdout });
    const [line] = (await once(lines, "line")) as [string];
    const program = /^program (\d+)$/.exec(line)?.[1];
    expect(isAlive(program)).toBe(true);
    engine.kill("SIGKILL");
    await once(engine, "close");
    for (let look = 0; look < 200 && isAlive(program); look += 1) await setTimeout(50);
    expect(isAlive(program)).toBe(false);
  }, 30_000);
});

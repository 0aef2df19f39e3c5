/** Loveless by the piece: one flat component, as a package and as a Pulumi component provider. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { MovableFunction } from "../../components/provider/movable-function";
import { runProgram } from "../../local/engine/run";
import { rights } from "../components/declared";
import { fromStruct } from "../../local/engine/wire";
import { REPOSITORY, resource } from "../components/stacks";
import { startProvider, type ProviderProcess } from "./provider-process";

const PROVIDER = join(REPOSITORY, "components/provider");
const PIECE = join(__dirname, "fixtures/piece");

test("the provider's schema is the one that is written down", async () => {
  const provider = new ComponentProvider({
    name: "loveless",
    dirname: PROVIDER,
    components: [MovableFunction],
  });
  const schema: unknown = JSON.parse(await provider.getSchema());
  expect(schema).toEqual(JSON.parse(readFileSync(join(PROVIDER, "schema.json"), "utf8")));
});

describe("as a process of its own, over gRPC", () => {
  const image = (name: string): string =>
    `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${name}@sha256:${"b".repeat(64)}`;
  const inputs = {
    imageUri: image("resize"),
    workerImageUri: image("worker"),
    command: ["index.handler"],
    placement: "fargate",
    memoryMib: 2048,
    cpu: 1024,
    timeoutSeconds: 60,
    maxWorkers: 3,
    vpcId: "vpc-0a1b2c",
    privateSubnetIds: ["subnet-0a", "subnet-0b"],
  };
  let provider: ProviderProcess;
  beforeAll(async () => {
    provider = await startProvider(PROVIDER);
  });
  afterAll(() => provider.close());

  test("it gives the schema that is written down", async () => {
    expect(await provider.schema()).toEqual(JSON.parse(readFileSync(join(PROVIDER, "schema.json"), "utf8")));
  });

  test("it makes the function with its pool and autoscaler below the stack that asks, and answers its outputs", async () => {
    const answer = await provider.construct("resize", inputs);
    const graph = provider.graph();
    expect(fromStruct(answer.getState())).toMatchObject({
      resourceArn: resource(graph, "aws:sfn/activity:Activity", "resize").outputs["arn"],
      stateTimeoutSeconds: 90,
      stateHeartbeatSeconds: 30,
    });
    expect(answer.getUrn()).toBe(resource(graph, "loveless:index:MovableFunction", "resize").urn);
    expect(resource(graph, "aws:ecs/service:Service", "resize-fargate").inputs["desiredCount"]).toBe(0);
    expect(resource(graph, "aws:lambda/function:Function", "resize-autoscaler").inputs).toMatchObject({
      handler: "index.handler",
    });
  });

  test("it names a wrong argument, and goes on for the next program", async () => {
    await expect(provider.construct("wrong", { ...inputs, maxWorkers: 0 })).rejects.toThrow(
      "maxWorkers: got 0, allowed is a whole number of workers from 1 to 1000",
    );
    const { length } = (await provider.construct("second", inputs)).getUrn();
    expect(length).toBeGreaterThan(0);
  });
});

test("another program takes the function with its pool and autoscaler, and gets what its state needs", async () => {
  const graph = await runProgram({ projectDirectory: PIECE, stack: "dev", mode: "up" });
  expect(graph.outputs).toEqual({
    resourceArn: resource(graph, "aws:sfn/activity:Activity", "resize").outputs["arn"],
    stateTimeoutSeconds: 90,
    stateHeartbeatSeconds: 30,
  });
  expect(resource(graph, "aws:ecs/service:Service", "resize-fargate").inputs["desiredCount"]).toBe(0);
  expect(resource(graph, "aws:lambda/function:Function", "resize-autoscaler").name).toBe("resize-autoscaler");
  expect(rights(graph, "resize-function-policy")).toMatchObject([{ Resource: ["arn:aws:s3:::pictures/*"] }]);
});

test("a wrong argument is named at the component, with what is allowed", async () => {
  const run = runProgram({ projectDirectory: PIECE, stack: "wrong", mode: "up" });
  await expect(run).rejects.toThrow(
    "loveless:index:MovableFunction (resize): The arguments are wrong: maxWorkers: got 0, allowed is a whole number of workers from 1 to 1000.",
  );
});

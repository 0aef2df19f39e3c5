/** The whole program, run once per stack by the real language runtime: what it declares. */
import { rmSync } from "node:fs";
import { parseAutoscalerSettings } from "../../autoscaler/settings";
import { runProgram } from "../../local/engine/run";
import { resourcesOfType, type Graph } from "../../local/graph";
import { containers, definition, rights, services, workerSettings } from "./declared";
import { jsonInput, projectOf, REPOSITORY, resource } from "./stacks";

let project: string;
let dev: Graph, staging: Graph, prod: Graph, moved: Graph;
let refusal: Error;

beforeAll(async () => {
  project = projectOf({
    moved: ({ detect, merge }) => {
      Object.assign(detect ?? {}, { placement: "fargate" });
      Object.assign(merge ?? {}, { placement: "lambda", previousPlacement: "fargate", minWorkers: 1 });
    },
    wrong: ({ detect }) => Object.assign(detect ?? {}, { placement: "mars" }),
  });
  const up = (projectDirectory: string, stack: string) => runProgram({ projectDirectory, stack, mode: "up" });
  const failed = up(project, "wrong").then(
    () => new Error("The program took a wrong setting."),
    (error: unknown) => error as Error,
  );
  [dev, staging, prod, moved, refusal] = await Promise.all([
    up(REPOSITORY, "dev"),
    up(REPOSITORY, "staging"),
    up(REPOSITORY, "prod"),
    up(project, "moved"),
    failed,
  ]);
}, 60_000);

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

function graphs(): readonly Graph[] {
  return [dev, staging, prod, moved];
}

describe("the state machine", () => {
  test("of dev and prod differs in detect's Resource and heartbeat alone", () => {
    const [inDev, inProd] = [definition(dev), definition(prod)];
    expect(inDev["Detect"]?.Resource).toMatch(/:function:PROJECT-STACK-detect-RANDOM$/);
    expect(inProd["Detect"]).toMatchObject({ HeartbeatSeconds: 30 });
    expect(inProd["Detect"]?.Resource).toMatch(/:activity:PROJECT-STACK-detect-RANDOM$/);
    expect(inDev).not.toEqual(inProd);

    for (const states of [inDev, inProd]) {
      const detect = states["Detect"] ?? {};
      delete detect.Resource;
      delete detect.HeartbeatSeconds;
    }
    expect(inDev).toEqual(inProd);
  });

  test("gives a task half a minute more than its function has, on every placement", () => {
    for (const graph of graphs()) {
      expect(definition(graph)["Detect"]?.TimeoutSeconds).toBe(330);
    }
  });

  test("calls split on lambda and merge on its activity in every stack of the repository", () => {
    for (const graph of [dev, staging, prod]) {
      const { Split, Merge } = definition(graph);
      expect(Split).not.toHaveProperty("HeartbeatSeconds");
      expect(Split?.Resource).toMatch(/:function:PROJECT-STACK-split-/);
      expect(Merge).toMatchObject({ HeartbeatSeconds: 30 });
      expect(Merge?.Resource).toMatch(/:activity:PROJECT-STACK-merge-/);
    }
  });

  test("may call every Lambda function that is declared, so that older executions end as they began", () => {
    for (const graph of graphs()) {
      const functions = resourcesOfType(graph, "aws:lambda/function:Function").filter(
        ({ name }) => name !== "autoscaler",
      );
      const invoke = rights(graph, "catalogue-policy").find(({ Action }) =>
        Action.includes("lambda:InvokeFunction"),
      );
      expect([...(invoke?.Resource ?? [])].sort()).toEqual(
        functions.map(({ outputs }) => outputs["arn"]).sort(),
      );
    }
  });

  test("is started through its live alias, which is an output of the stack", () => {
    const alias = resource(dev, "aws:sfn/alias:Alias", "catalogue-alias");
    expect(dev.outputs).toMatchObject({
      stateMachineArn: resource(dev, "aws:sfn/stateMachine:StateMachine", "catalogue").outputs["arn"],
      workflowArn: alias.outputs["arn"],
      bucketName: resource(dev, "aws:s3/bucket:Bucket", "data-bucket").outputs["bucket"],
    });
    expect(String(dev.outputs["workflowArn"])).toMatch(/:live$/);
  });
});

describe("moving a function", () => {
  test("gives it a pool where it goes, and leaves the Lambda function where it was", () => {
    expect(services(moved).map(({ name }) => name)).toContain("detect-fargate");
    expect(definition(moved)["Detect"]?.Resource).toMatch(/:activity:PROJECT-STACK-detect-/);
    expect(resource(moved, "aws:lambda/function:Function", "detect").inputs["timeout"]).toBe(300);
  });

  test("keeps the pool that previousPlacement names, without warm workers", () => {
    expect(definition(moved)["Merge"]?.Resource).toMatch(/:function:PROJECT-STACK-merge-/);
    expect(resource(moved, "aws:ecs/service:Service", "merge-fargate").inputs["desiredCount"]).toBe(0);
  });

  test("changes nothing of the activity, which every stack declares", () => {
    for (const graph of graphs()) {
      expect(
        resourcesOfType(graph, "aws:sfn/activity:Activity")
          .map(({ name }) => name)
          .sort(),
      ).toEqual(["detect", "merge", "split"]);
    }
  });

  test("declares no Lambda function for what needs a GPU", () => {
    expect(
      resourcesOfType(prod, "aws:lambda/function:Function")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["autoscaler", "merge", "split"]);
  });
});

describe("a pool", () => {
  test("leaves its count to the autoscaler, and that of its instances to ECS", () => {
    for (const graph of graphs()) {
      for (const service of services(graph)) expect(service.ignoreChanges).toEqual(["desiredCount"]);
      for (const group of resourcesOfType(graph, "aws:autoscaling/group:Group")) {
        expect(group.ignoreChanges).toEqual(["desiredCapacity"]);
      }
    }
  });

  test("starts after its cluster has the capacity provider that it asks for", () => {
    const providers = resource(
      prod,
      "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
      "cluster-capacity-providers",
    );
    const service = resource(prod, "aws:ecs/service:Service", "detect-ec2");
    const [strategy] = service.inputs["capacityProviderStrategies"] as { capacityProvider: string }[];
    expect(service.dependencies).toContain(providers.urn);
    expect(providers.inputs["capacityProviders"]).toContain(strategy?.capacityProvider);
    expect(strategy?.capacityProvider).toMatch(/^loveless-prod-detect-instances-provider-/);
  });

  test("tells its workers what the state machine knows of the function", () => {
    const activity = resource(prod, "aws:sfn/activity:Activity", "detect");
    expect(workerSettings(prod, "detect-ec2")).toMatchObject({
      activityArn: activity.outputs["arn"],
      functionName: "detect",
      entryPoint: ["/lambda-entrypoint.sh"],
      command: ["index.handler"],
      slots: 1,
      memoryMib: 12_288,
      timeoutSeconds: 300,
      heartbeatSeconds: 30,
    });
  });

  test("runs the very image that Lambda runs, by digest", () => {
    const { worker } = containers(moved, "detect-fargate");
    expect(worker.image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(worker.image).toBe(resource(moved, "aws:lambda/function:Function", "detect").inputs["imageUri"]);
  });

  test("fills the worker's volume before the function's container starts, and needs root for neither", () => {
    const { files, worker } = containers(dev, "merge-fargate");
    expect(files).toMatchObject({ essential: false, user: "1000:1000", readonlyRootFilesystem: true });
    expect(worker).toMatchObject({ essential: true, user: "1000:1000", readonlyRootFilesystem: true });
    expect(worker.dependsOn).toEqual([{ containerName: files.name, condition: "SUCCESS" }]);
  });

  test("asks for a GPU in prod alone, on instances that have one", () => {
    expect(containers(prod, "detect-ec2").worker.resourceRequirements).toEqual([{ type: "GPU", value: "1" }]);
    expect(containers(staging, "detect-fargate").worker).not.toHaveProperty("resourceRequirements");
    const template = resource(prod, "aws:ec2/launchTemplate:LaunchTemplate", "detect-instances-template");
    expect(template.inputs["imageId"]).toContain("/amazon-linux-2023/gpu/recommended/");
  });

  test("lets a worker touch its own activity, its cluster's protection, the data bucket and the key, and nothing else", () => {
    const arn = (type: string, name: string) => String(resource(prod, type, name).outputs["arn"]);
    const bucket = arn("aws:s3/bucket:Bucket", "data-bucket");
    const cluster = arn("aws:ecs/cluster:Cluster", "cluster");
    const activity = arn("aws:sfn/activity:Activity", "detect");
    const touched = rights(prod, "detect-worker-policy").flatMap(({ Resource }) => Resource);
    expect([...new Set(touched)].sort()).toEqual(
      [
        arn("aws:kms/key:Key", "key"),
        activity,
        `${cluster.replace(":cluster/", ":task/")}/*`,
        bucket,
        `${bucket}/*`,
      ].sort(),
    );
  });
});

describe("the autoscaler", () => {
  test("knows every pool of its stack, in words that its handler parses", () => {
    for (const graph of graphs()) {
      const handler = resource(graph, "aws:lambda/function:Function", "autoscaler");
      const { variables } = handler.inputs["environment"] as { variables: Record<string, string> };
      const settings = parseAutoscalerSettings(variables);
      expect(settings.minuteSeconds).toBe(60);
      expect(settings.pools.map((pool) => pool.serviceArn).sort()).toEqual(
        services(graph)
          .map(({ outputs }) => outputs["arn"])
          .sort(),
      );
    }
  });

  test("is called each minute by a role that may call nothing else", () => {
    const handler = resource(dev, "aws:lambda/function:Function", "autoscaler");
    const schedule = resource(dev, "aws:scheduler/schedule:Schedule", "autoscaler-schedule");
    expect(schedule.inputs).toMatchObject({
      scheduleExpression: "rate(1 minute)",
      target: { arn: handler.outputs["arn"] },
    });
    expect(rights(dev, "autoscaler-schedule-policy").map(({ Resource }) => Resource)).toEqual([
      [handler.outputs["arn"]],
    ]);
  });
});

describe("the whole", () => {
  test("refuses a wrong setting with one line, before any resource", () => {
    expect(refusal.message).toContain(
      'stacks/Pulumi.wrong.yaml is wrong: loveless:functions.detect.placement: got "mars", allowed is "lambda", "fargate", "ec2" or "managed-instances".',
    );
    expect(refusal.message).not.toContain("    at ");
  });

  test("trusts each role to one service, pinned to the account where the service says whose it is", () => {
    for (const role of resourcesOfType(prod, "aws:iam/role:Role")) {
      const trust = jsonInput<{
        Statement: { Principal: { Service?: string; AWS?: string }; Condition?: object }[];
      }>(role, "assumeRolePolicy");
      expect(trust.Statement).toHaveLength(1);
      const [{ Principal, Condition } = { Principal: {} }] = trust.Statement;
      if (Principal.Service === undefined) {
        expect(Principal).toEqual({ AWS: "arn:aws:iam::123456789012:root" });
        expect(role.name).toBe("catalogue-caller-role");
        continue;
      }
      const pinned = { StringEquals: { "aws:SourceAccount": "123456789012" } };
      expect(Condition).toEqual(Principal.Service === "ec2.amazonaws.com" ? undefined : pinned);
    }
  });

  test("gives two stacks of one account no name in common", () => {
    const names = (graph: Graph) =>
      graph.resources
        .filter(({ custom, synthesised, type }) => custom && !synthesised && type.startsWith("aws:"))
        .flatMap(({ outputs }) => [outputs["name"], outputs["family"], outputs["bucket"]])
        .filter((name) => typeof name === "string" && !["", "live", "default"].includes(name));
    const [inDev, inProd] = [names(dev), names(prod)];
    expect(inDev.length).toBeGreaterThan(30);
    expect(inDev.filter((name) => inProd.includes(name))).toEqual([]);
  });

  test("says nothing of the machine that it was run on", () => {
    expect(
      JSON.stringify(dev.resources.filter(({ type }) => !type.startsWith("docker-build:"))),
    ).not.toContain(REPOSITORY);
  });
});

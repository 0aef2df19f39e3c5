/** Pools: what their services, workers and instances are told. */
import { resourcesOfType, type Graph } from "../../../local/graph";
import { allContainers, containers, rights, services, workerSettings } from "../declared";
import { jsonInput, resource } from "../stacks";
import { PROMOTED, type Graphs } from "./graphs";

interface Strategy {
  readonly capacityProvider: string;
  readonly weight?: number;
  readonly base?: number;
}

function strategies(graph: Graph, service: string): readonly Strategy[] {
  return resource(graph, "aws:ecs/service:Service", service).inputs[
    "capacityProviderStrategies"
  ] as unknown as Strategy[];
}

export function describePools(graphs: () => Graphs): void {
  describe("a pool", () => {
    test("leaves its count to the autoscaler, and that of its instances to ECS", () => {
      for (const graph of Object.values(graphs())) {
        for (const service of services(graph)) expect(service.ignoreChanges).toEqual(["desiredCount"]);
        for (const group of resourcesOfType(graph, "aws:autoscaling/group:Group")) {
          expect(group.ignoreChanges).toEqual(["desiredCapacity"]);
        }
      }
    });

    test.each(["prod", "onManagedInstances", "onFargate"] as const)(
      "of %s starts after its cluster has the capacity provider that it asks for",
      (stack) => {
        const graph = graphs()[stack];
        const providers = resource(
          graph,
          "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
          "cluster-capacity-providers",
        );
        for (const service of services(graph)) {
          expect(service.dependencies).toContain(providers.urn);
          for (const { capacityProvider } of strategies(graph, service.name))
            expect(providers.inputs["capacityProviders"]).toContain(capacityProvider);
          expect(service.inputs["forceNewDeployment"]).toBe(true);
        }
      },
    );

    test("tells its workers what the state machine knows of the function", () => {
      const { prod } = graphs();
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

    test("fills the worker's volume before the function's container starts, and needs root for neither", () => {
      const { files, worker } = containers(graphs().dev, "merge-fargate");
      expect(files).toMatchObject({ essential: false, user: "1000:1000", readonlyRootFilesystem: true });
      expect(worker).toMatchObject({ essential: true, user: "1000:1000", readonlyRootFilesystem: true });
      expect(worker.dependsOn).toEqual([{ containerName: files.name, condition: "SUCCESS" }]);
    });

    test("asks its workers how they are, drains them in two minutes and logs without blocking", () => {
      expect(containers(graphs().dev, "merge-fargate").worker).toMatchObject({
        healthCheck: {
          command: [
            "CMD",
            "/opt/loveless/loader",
            "--library-path",
            "/opt/loveless/lib",
            "/opt/loveless/node",
            "/opt/loveless/worker.js",
            "health",
          ],
        },
        stopTimeout: 120,
        linuxParameters: { initProcessEnabled: true },
        logConfiguration: { logDriver: "awslogs", options: { mode: "non-blocking" } },
      });
    });

    test("starts its own init where the function must not read the worker's environment", () => {
      const { dev, prod } = graphs();
      const start = (graph: Graph, pool: string) => {
        const { entryPoint, linuxParameters } = containers(graph, pool).worker;
        return [entryPoint?.[0], linuxParameters?.initProcessEnabled];
      };
      expect(start(dev, "merge-fargate")).toEqual(["/opt/loveless/loader", true]);
      expect(start(prod, "merge-fargate")).toEqual(["/opt/loveless/init", false]);
    });

    test("rolls a bad deployment back, opens no shell and gives no public address", () => {
      for (const graph of Object.values(graphs())) {
        for (const { inputs } of services(graph)) {
          expect(inputs).toMatchObject({
            deploymentCircuitBreaker: { enable: true, rollback: true },
            enableExecuteCommand: false,
            networkConfiguration: { assignPublicIp: false },
            propagateTags: "SERVICE",
          });
        }
      }
    });
  });

  describe("a pool on fargate", () => {
    test("has its share on Spot above those that never are", () => {
      expect(strategies(graphs().staging, "detect-fargate")).toEqual([
        { capacityProvider: "FARGATE", base: 1, weight: 30 },
        { capacityProvider: "FARGATE_SPOT", weight: 70 },
      ]);
      expect(strategies(graphs().staging, "merge-fargate")).toMatchObject([{ capacityProvider: "FARGATE" }]);
    });
  });

  test("a GPU pool may go below its count in a deployment, since it has no second GPU; others may not", () => {
    const healthy = (graph: Graph, service: string) =>
      resource(graph, "aws:ecs/service:Service", service).inputs["deploymentMinimumHealthyPercent"];
    expect(healthy(graphs().prod, "detect-ec2")).toBe(0);
    expect(healthy(graphs().prod, "merge-fargate")).toBe(100);
  });

  describe("a pool on ec2", () => {
    test("takes its instances with it when a stack is destroyed that retains nothing, and not otherwise", () => {
      const forced = (graph: Graph) =>
        resource(graph, "aws:autoscaling/group:Group", "detect-instances-group").inputs["forceDelete"];
      expect([forced(graphs().onEc2), forced(graphs().prod)]).toEqual([true, false]);
    });

    test("asks for a GPU in prod alone, on instances that have one", () => {
      const { prod, staging } = graphs();
      expect(containers(prod, "detect-ec2").worker.resourceRequirements).toEqual([
        { type: "GPU", value: "1" },
      ]);
      expect(containers(staging, "detect-fargate").worker).not.toHaveProperty("resourceRequirements");
      const template = resource(prod, "aws:ec2/launchTemplate:LaunchTemplate", "detect-instances-template");
      expect(template.inputs["imageId"]).toContain("/amazon-linux-2023/gpu/recommended/");
    });

    test("spreads over types and Spot, drains, protects what works, and refreshes by the newest template", () => {
      const { prod } = graphs();
      const group = resource(prod, "aws:autoscaling/group:Group", "detect-instances-group");
      const template = resource(prod, "aws:ec2/launchTemplate:LaunchTemplate", "detect-instances-template");
      expect(group.inputs).toMatchObject({
        capacityRebalance: true,
        protectFromScaleIn: true,
        instanceRefresh: { strategy: "Rolling", preferences: { scaleInProtectedInstances: "Refresh" } },
        mixedInstancesPolicy: {
          instancesDistribution: { onDemandBaseCapacity: 1, onDemandPercentageAboveBaseCapacity: 50 },
          launchTemplate: {
            launchTemplateSpecification: { version: String(template.outputs["latestVersion"]) },
            overrides: [{ instanceType: "g4dn.xlarge" }, { instanceType: "g5.xlarge" }],
          },
        },
      });
      expect(group.propertyDependencies["mixedInstancesPolicy"]).toContain(template.urn);
      expect(JSON.stringify(group.inputs["tags"])).toContain("AmazonECSManaged");
      const provider = resource(
        prod,
        "aws:ecs/capacityProvider:CapacityProvider",
        "detect-instances-provider",
      );
      expect(provider.inputs["autoScalingGroupProvider"]).toMatchObject({
        managedDraining: "ENABLED",
        managedTerminationProtection: "ENABLED",
        managedScaling: { status: "ENABLED" },
      });
    });

    test("starts instances that keep their metadata to themselves, on encrypted disks", () => {
      const template = resource(
        graphs().prod,
        "aws:ec2/launchTemplate:LaunchTemplate",
        "detect-instances-template",
      );
      expect(template.inputs).toMatchObject({
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [{ ebs: { encrypted: "true", volumeType: "gp3" } }],
      });
      const userData = Buffer.from(String(template.inputs["userData"]), "base64").toString();
      expect(userData).toContain("ECS_AWSVPC_BLOCK_IMDS=true");
      expect(userData).toContain("ECS_ENABLE_SPOT_INSTANCE_DRAINING=true");
    });

    test("may keep warm instances of one type, and a machine image of one's own", () => {
      const { unusual } = graphs();
      const group = resource(unusual, "aws:autoscaling/group:Group", "detect-instances-group");
      expect(group.inputs).not.toHaveProperty("mixedInstancesPolicy");
      expect(group.inputs["warmPool"]).toMatchObject({
        minSize: 2,
        poolState: "Stopped",
        instanceReusePolicy: { reuseOnScaleIn: false },
      });
      const template = resource(
        unusual,
        "aws:ec2/launchTemplate:LaunchTemplate",
        "detect-instances-template",
      );
      expect(template.inputs).toMatchObject({ imageId: "ami-0123456789abcdef0", instanceType: "c7g.large" });
      expect(Buffer.from(String(template.inputs["userData"]), "base64").toString()).toContain(
        "ECS_WARM_POOLS_CHECK=true",
      );
    });
  });

  describe("a pool on managed instances", () => {
    test("says what it needs, and lets AWS's service have it through a role that passes one role", () => {
      const graph = graphs().onManagedInstances;
      const provider = resource(
        graph,
        "aws:ecs/capacityProvider:CapacityProvider",
        "detect-managed-provider",
      );
      expect(provider.inputs).toMatchObject({
        cluster: resource(graph, "aws:ecs/cluster:Cluster", "cluster").outputs["name"],
        managedInstancesProvider: {
          propagateTags: "CAPACITY_PROVIDER",
          instanceLaunchTemplate: {
            capacityOptionType: "ON_DEMAND",
            instanceRequirements: {
              vcpuCount: { min: 1 },
              memoryMib: { min: 2048 },
              allowedInstanceTypes: ["c6i.large", "c5.large"],
            },
          },
        },
      });
      const pass = jsonInput<{ Statement: object[] }>(
        resource(graph, "aws:iam/rolePolicy:RolePolicy", "detect-managed-infra-policy"),
        "policy",
      );
      expect(pass.Statement).toMatchObject([
        {
          Action: ["iam:PassRole"],
          Resource: [resource(graph, "aws:iam/role:Role", "detect-managed-instance-role").outputs["arn"]],
          Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
        },
      ]);
    });
  });

  describe("a pool with its worker beside the function", () => {
    test("has two containers that need each other, the function's with its own entry point and no worker in it", () => {
      const [worker, beside] = allContainers(graphs().beside, "merge-fargate");
      expect(worker).toMatchObject({ name: "worker", essential: true, stopTimeout: 30 });
      expect(beside).toMatchObject({
        name: "function",
        essential: true,
        dependsOn: [{ containerName: "worker", condition: "HEALTHY" }],
        entryPoint: ["/lambda-entrypoint.sh"],
        command: ["index.handler"],
        linuxParameters: { initProcessEnabled: false },
        stopTimeout: 120,
      });
      const variables = Object.fromEntries(
        (beside?.environment ?? []).map(({ name, value }) => [name, value]),
      );
      const { sidecarPort } = workerSettings(graphs().beside, "merge-fargate");
      expect(variables["AWS_LAMBDA_RUNTIME_API"]).toBe(`127.0.0.1:${String(sidecarPort)}`);
      expect(Object.keys(variables).filter((name) => name.startsWith("LOVELESS_"))).toEqual([]);
    });
  });

  describe("large payloads", () => {
    test("have a place below one prefix of the bucket, which the worker may use and nobody keeps for long", () => {
      const { beside, dev } = graphs();
      const bucket = resource(beside, "aws:s3/bucket:Bucket", "data-bucket");
      expect(workerSettings(beside, "merge-fargate").spillTo).toBe(
        `s3://${String(bucket.outputs["bucket"])}/payloads/`,
      );
      expect(workerSettings(dev, "merge-fargate").spillTo).toBeUndefined();
      const carry = (graph: Graph) =>
        rights(graph, "merge-worker-policy").find(({ Sid }) => Sid === "CarryPayloads");
      expect(carry(beside)).toMatchObject({
        Action: ["s3:GetObject", "s3:PutObject"],
        Resource: [`${String(bucket.outputs["arn"])}/payloads/*`],
      });
      expect(carry(dev)).toBeUndefined();
      const lifecycle = resource(
        beside,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "data-lifecycle",
      );
      expect(lifecycle.inputs["rules"]).toContainEqual(
        expect.objectContaining({ filter: { prefix: "payloads/" }, expiration: { days: 30 } }),
      );
    });
  });

  describe("what belongs to the function", () => {
    test("is the same on its pool as on lambda: architecture, variables, secrets by ARN", () => {
      const { unusual } = graphs();
      const lambda = resource(unusual, "aws:lambda/function:Function", "split");
      expect(lambda.inputs).toMatchObject({ imageUri: PROMOTED, architectures: ["x86_64"] });
      const task = resource(unusual, "aws:ecs/taskDefinition:TaskDefinition", "detect-ec2-task");
      expect(task.inputs["runtimePlatform"]).toMatchObject({ cpuArchitecture: "ARM64" });
      const variables = containers(unusual, "detect-ec2").worker.environment ?? [];
      expect(variables).toContainEqual({ name: "MODE", value: "fast" });
      expect(variables.find(({ name }) => name === "TOKEN_ARN")?.value).toMatch(/:secret:token$/);
      const images = resourcesOfType(unusual, "awsx:ecr:Image").map(({ name, inputs }) => [
        name,
        inputs["platform"],
      ]);
      expect(images).toContainEqual(["worker-arm64-image", "linux/arm64"]);
      expect(images).toContainEqual(["detect-image", "linux/arm64"]);
    });

    test("is built nowhere when its image is given at a digest", () => {
      const { unusual } = graphs();
      expect(
        unusual.resources.filter(({ name }) => /^split-(image|repository|lifecycle)/.test(name)),
      ).toEqual([]);
      expect(unusual.outputs["imageUris"]).toMatchObject({ split: PROMOTED });
    });

    test("reaches its part of the network through a group of its own, on lambda as well", () => {
      const { unusual } = graphs();
      const group = resource(unusual, "aws:ec2/securityGroup:SecurityGroup", "split-reach");
      expect(group.inputs).toMatchObject({
        ingress: [],
        egress: [{ cidrBlocks: ["10.30.0.0/16"], fromPort: 5432, toPort: 5432 }],
      });
      const lambda = resource(unusual, "aws:lambda/function:Function", "split");
      expect(lambda.inputs["vpcConfig"]).toMatchObject({
        securityGroupIds: expect.arrayContaining([group.id]) as unknown,
      });
    });
  });
}

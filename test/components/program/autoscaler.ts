/** The autoscaler, and what tells how the stack does. */
import { resourcesOfType } from "../../../local/graph";
import { autoscalerSettings, rights, services } from "../declared";
import { jsonInput, resource } from "../stacks";
import type { Graphs } from "./graphs";

export function describeAutoscaler(graphs: () => Graphs): void {
  const withPools = (): Graphs["dev"][] =>
    Object.values(graphs()).filter((graph) => services(graph).length > 0);

  describe("the autoscaler", () => {
    test("knows every pool of its stack, in words that its handler parses", () => {
      for (const graph of withPools()) {
        const settings = autoscalerSettings(graph);
        expect(settings.minuteSeconds).toBe(60);
        expect(settings.pools.map((pool) => pool.serviceArn).sort()).toEqual(
          services(graph)
            .map(({ outputs }) => outputs["arn"])
            .sort(),
        );
      }
    });

    test("is told the profile, the price and the cap of each pool", () => {
      const [detect] = autoscalerSettings(graphs().prod).pools;
      expect(detect).toMatchObject({ profile: "balanced", pricePerWorkerHour: 1.12, spendCapPerHour: 10 });
    });

    test("hears the state machine's log where the stack says so, and may then mark pools by one tag", () => {
      const { dev, unusual } = graphs();
      const log = resource(unusual, "aws:cloudwatch/logGroup:LogGroup", "catalogue-logs");
      const filter = resource(
        unusual,
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "autoscaler-signal",
      );
      expect(filter.inputs).toMatchObject({
        logGroup: log.outputs["name"],
        filterPattern: '{ $.type = "ActivityScheduled" }',
      });
      const permission = resource(unusual, "aws:lambda/permission:Permission", "autoscaler-signal");
      expect(permission.inputs).toMatchObject({
        principal: "logs.amazonaws.com",
        sourceArn: `${String(log.outputs["arn"])}:*`,
      });
      const mark = rights(unusual, "autoscaler-policy").find(({ Sid }) => Sid === "MarkPools");
      expect(mark?.Condition).toMatchObject({
        "ForAllValues:StringEquals": { "aws:TagKeys": ["loveless:signalled"] },
      });
      expect([autoscalerSettings(dev).fastSignal, autoscalerSettings(unusual).fastSignal]).toEqual([
        false,
        true,
      ]);
    });

    test("tries new deployments where the stack says so, and an alarm tells of those that ECS gives up", () => {
      const { dev, staging, prod } = graphs();
      expect([dev, staging, prod].map((graph) => autoscalerSettings(graph).canaryMinutes)).toEqual([
        0, 30, 30,
      ]);
      const alarm = resource(prod, "aws:cloudwatch/metricAlarm:MetricAlarm", "merge-fargate-failed-starts");
      const activity = resource(prod, "aws:sfn/activity:Activity", "merge");
      expect(alarm.inputs["metricQueries"]).toContainEqual(
        expect.objectContaining({
          id: "failed",
          metric: expect.objectContaining({
            namespace: "Loveless",
            metricName: "DeploymentFailed",
            dimensions: { ActivityArn: activity.outputs["arn"] },
          }) as object,
        }),
      );
      // The canary outlives the 15 minutes of the alarm: one that never runs raises it.
      expect(alarm.inputs["evaluationPeriods"]).toBeLessThan(autoscalerSettings(prod).canaryMinutes);
    });

    test("is called each minute by a role that may call nothing else", () => {
      const { dev } = graphs();
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

    test("gives late invocations up to an encrypted queue, and keeps the concurrency that the stack says", () => {
      const { dev, prod } = graphs();
      const queue = resource(prod, "aws:sqs/queue:Queue", "autoscaler-failures");
      const invocations = resource(
        prod,
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "autoscaler-invocations",
      );
      expect(invocations.inputs).toMatchObject({
        maximumEventAgeInSeconds: 60,
        maximumRetryAttempts: 0,
        destinationConfig: { onFailure: { destination: queue.outputs["arn"] } },
      });
      expect(queue.inputs["kmsMasterKeyId"]).toBe(resource(prod, "aws:kms/key:Key", "key").outputs["arn"]);
      const reserved = (graph: Graphs["dev"]) =>
        resource(graph, "aws:lambda/function:Function", "autoscaler").inputs["reservedConcurrentExecutions"];
      expect([reserved(dev), reserved(prod)]).toEqual([undefined, 2]);
    });
  });

  describe("alarms", () => {
    test("watch each pool, the executions and the autoscaler, and tell the topic", () => {
      const { prod } = graphs();
      const alarms = resourcesOfType(prod, "aws:cloudwatch/metricAlarm:MetricAlarm");
      const kinds = ["waiting", "unserved", "failed-starts", "failures", "full"];
      expect(alarms.map(({ name }) => name).sort()).toEqual(
        [
          ...["detect-ec2", "merge-fargate"].flatMap((pool) => kinds.map((kind) => `${pool}-${kind}`)),
          "autoscaler-errors",
          "autoscaler-lost",
          "autoscaler-stale",
          "catalogue-failures",
        ].sort(),
      );
      const topic = resource(prod, "aws:sns/topic:Topic", "observability-alarms").outputs["arn"];
      for (const { inputs } of alarms) {
        expect(inputs["alarmActions"]).toEqual([topic]);
        expect(String(inputs["alarmDescription"]).length).toBeGreaterThan(60);
      }
    });

    test("of silence are raised by missing data, and others are not", () => {
      const alarm = (name: string) =>
        resource(graphs().prod, "aws:cloudwatch/metricAlarm:MetricAlarm", name).inputs;
      expect(alarm("autoscaler-stale")["treatMissingData"]).toBe("breaching");
      expect(alarm("detect-ec2-failures")["treatMissingData"]).toBe("notBreaching");
      expect(alarm("detect-ec2-full")["threshold"]).toBe(8);
      expect(alarm("detect-ec2-waiting")["threshold"]).toBe(600_000);
    });

    test("reach somebody by mail where the stack names them", () => {
      const mail = resource(
        graphs().prod,
        "aws:sns/topicSubscription:TopicSubscription",
        "observability-alarms-email",
      );
      expect(mail.inputs).toMatchObject({ protocol: "email", endpoint: "ops@example.com" });
    });
  });

  describe("the dashboard", () => {
    test("has a row for each pool, with what it costs, that fits 24 columns", () => {
      const dashboard = resource(
        graphs().prod,
        "aws:cloudwatch/dashboard:Dashboard",
        "observability-dashboard",
      );
      const { widgets } = jsonInput<{
        widgets: { x: number; width: number; properties: { title?: string; markdown?: string } }[];
      }>(dashboard, "dashboardBody");
      const text = widgets.flatMap(({ properties }) => properties.markdown ?? []);
      expect(text).toEqual(["## Executions and autoscaler", "## detect-ec2", "## merge-fargate"]);
      expect(widgets.filter(({ properties }) => properties.title === "Dollars an hour")).toHaveLength(2);
      for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    });
  });

  test("the budget counts this stack's costs alone", () => {
    const budget = resource(graphs().prod, "aws:budgets/budget:Budget", "observability-budget");
    expect(budget.inputs).toMatchObject({
      limitAmount: "1500",
      costFilters: [{ name: "TagKeyValue", values: ["user:Stack$loveless-prod"] }],
    });
  });

  test("one saved query looks wherever a task may have been", () => {
    const query = resource(
      graphs().prod,
      "aws:cloudwatch/queryDefinition:QueryDefinition",
      "observability-follow-task",
    );
    const groups = resourcesOfType(graphs().prod, "aws:cloudwatch/logGroup:LogGroup").map(
      ({ inputs }) => inputs["name"],
    );
    expect(query.inputs["logGroupNames"]).toEqual(
      expect.arrayContaining(["/loveless-prod/workers/detect-ec2", "/loveless-prod/lambda/split"]),
    );
    for (const name of query.inputs["logGroupNames"] as string[]) expect(groups).toContain(name);
  });
}

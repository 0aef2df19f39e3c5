/** The state machine: the same on every placement but for one Resource, bounded, traced, logged and encrypted. */
import { resourcesOfType } from "../../../local/graph";
import { definition, rights } from "../declared";
import { resource } from "../stacks";
import type { Graphs } from "./graphs";

export function describeStateMachine(graphs: () => Graphs): void {
  describe("the state machine", () => {
    test("of dev and prod differs in detect's Resource and heartbeat alone", () => {
      const [inDev, inProd] = [definition(graphs().dev), definition(graphs().prod)];
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
      for (const graph of Object.values(graphs())) {
        expect(definition(graph)["Detect"]?.TimeoutSeconds).toBe(330);
      }
    });

    test("calls split on lambda and merge on its activity in every stack of the repository", () => {
      for (const graph of [graphs().dev, graphs().staging, graphs().prod]) {
        const { Split, Merge } = definition(graph);
        expect(Split).not.toHaveProperty("HeartbeatSeconds");
        expect(Split?.Resource).toMatch(/:function:PROJECT-STACK-split-/);
        expect(Merge).toMatchObject({ HeartbeatSeconds: 30 });
        expect(Merge?.Resource).toMatch(/:activity:PROJECT-STACK-merge-/);
      }
    });

    test("may call every Lambda function that is declared, so that older executions end as they began", () => {
      for (const graph of Object.values(graphs())) {
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

    test("logs everything, traces, and keeps what it knows under the stack's key", () => {
      const { prod } = graphs();
      const machine = resource(prod, "aws:sfn/stateMachine:StateMachine", "catalogue");
      const key = resource(prod, "aws:kms/key:Key", "key").outputs["arn"];
      expect(machine.inputs).toMatchObject({
        loggingConfiguration: { level: "ALL", includeExecutionData: false },
        tracingConfiguration: { enabled: true },
        encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: key },
        publish: true,
      });
      for (const activity of resourcesOfType(prod, "aws:sfn/activity:Activity"))
        expect(activity.inputs["encryptionConfiguration"]).toMatchObject({ kmsKeyId: key });
    });

    test("is started through its live alias of one version, which is an output of the stack", () => {
      const { dev } = graphs();
      const alias = resource(dev, "aws:sfn/alias:Alias", "catalogue-alias");
      const machine = resource(dev, "aws:sfn/stateMachine:StateMachine", "catalogue");
      expect(dev.outputs).toMatchObject({
        stateMachineArn: machine.outputs["arn"],
        workflowArn: alias.outputs["arn"],
        bucketName: resource(dev, "aws:s3/bucket:Bucket", "data-bucket").outputs["bucket"],
        callerRoleArn: resource(dev, "aws:iam/role:Role", "catalogue-caller-role").outputs["arn"],
      });
      expect(alias.inputs).toMatchObject({
        name: "live",
        routingConfigurations: [
          { stateMachineVersionArn: machine.outputs["stateMachineVersionArn"], weight: 100 },
        ],
      });
    });
  });
}

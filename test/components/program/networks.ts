/** Networks: private, watched, closed by default, and as cheap as the stack file says. */
import { resourcesOfType } from "../../../local/graph";
import { resource } from "../stacks";
import type { Graphs } from "./graphs";

export function describeNetworks(graphs: () => Graphs): void {
  describe("the network", () => {
    test("has one NAT gateway in dev, and one for each zone in prod", () => {
      const count = (graph: Graphs["dev"]): number =>
        resourcesOfType(graph, "aws:ec2/natGateway:NatGateway").length;
      expect([count(graphs().dev), count(graphs().prod), count(graphs().unusual)]).toEqual([1, 3, 0]);
    });

    test("lets nothing in, nor out but by TLS, and says what for", () => {
      for (const graph of Object.values(graphs())) {
        for (const { name, inputs } of resourcesOfType(graph, "aws:ec2/securityGroup:SecurityGroup")) {
          expect(String(inputs["description"]).length).toBeGreaterThan(20);
          if (!name.endsWith("-endpoints")) expect(inputs["ingress"]).toEqual([]);
          if (name === "network-workers")
            expect(inputs["egress"]).toMatchObject([{ fromPort: 443, toPort: 443 }]);
        }
      }
    });

    test("closes its default group, writes flow logs and reaches S3 without NAT", () => {
      const { prod } = graphs();
      expect(
        resource(prod, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default").inputs,
      ).toMatchObject({ ingress: [], egress: [] });
      expect(resource(prod, "aws:ec2/flowLog:FlowLog", "network-flow").inputs).toMatchObject({
        trafficType: "ALL",
      });
      const [gateway] = resourcesOfType(prod, "aws:ec2/vpcEndpoint:VpcEndpoint");
      expect(gateway?.inputs).toMatchObject({
        vpcEndpointType: "Gateway",
        serviceName: "com.amazonaws.eu-west-1.s3",
      });
    });

    test("gives no public address to what starts in its subnets", () => {
      const subnets = resourcesOfType(graphs().prod, "aws:ec2/subnet:Subnet");
      expect(subnets).toHaveLength(6);
      for (const { inputs } of subnets) expect(inputs["mapPublicIpOnLaunch"]).toBe(false);
    });

    test("without NAT has an endpoint for each service that what runs there calls", () => {
      const endpoints = resourcesOfType(graphs().unusual, "aws:ec2/vpcEndpoint:VpcEndpoint").filter(
        ({ inputs }) => inputs["vpcEndpointType"] === "Interface",
      );
      const services = endpoints.map(({ inputs }) =>
        String(inputs["serviceName"]).replace("com.amazonaws.eu-west-1.", ""),
      );
      expect(services.sort()).toEqual([
        "ecr.api",
        "ecr.dkr",
        "ecs",
        "ecs-agent",
        "ecs-telemetry",
        "kms",
        "logs",
        "secretsmanager",
        "sqs",
        "states",
        "sts",
        "xray",
      ]);
      for (const { inputs } of endpoints) expect(inputs["privateDnsEnabled"]).toBe(true);
    });

    test("of somebody else is used as it is", () => {
      const { guest } = graphs();
      const own = guest.resources.filter(({ type }) =>
        /^(awsx:ec2|aws:ec2\/(vpc|subnet|flowLog|default))/.test(type),
      );
      expect(own).toEqual([]);
      const service = resource(guest, "aws:ecs/service:Service", "merge-fargate");
      expect(service.inputs["networkConfiguration"]).toMatchObject({ subnets: ["subnet-0a", "subnet-0b"] });
      expect(resource(guest, "aws:ec2/securityGroup:SecurityGroup", "network-workers").inputs["vpcId"]).toBe(
        "vpc-0a1b2c",
      );
    });
  });
}

import { planSubnets, type SubnetPlan, type SubnetSpec } from "../../../local/engine/remote/subnets";

const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
const spec = (type: SubnetSpec["type"], more: Partial<SubnetSpec> = {}): SubnetSpec => ({
  type,
  tags: {},
  ...more,
});
const plan = (more: Partial<SubnetPlan>): SubnetPlan => ({
  vpcName: "vpc",
  vpcCidr: "10.0.0.0/16",
  zones,
  strategy: "Legacy",
  specs: null,
  ...more,
});
const layout = (more: Partial<SubnetPlan>): string[] =>
  planSubnets(plan(more)).map(({ name, cidrBlock }) => `${name} ${cidrBlock}`);

describe("the subnets of a VPC", () => {
  it("are a private and a public one per zone by default, as awsx lays them out", () => {
    expect(layout({})).toEqual([
      "vpc-private-1 10.0.0.0/19",
      "vpc-public-1 10.0.32.0/20",
      "vpc-private-2 10.0.64.0/19",
      "vpc-public-2 10.0.96.0/20",
      "vpc-private-3 10.0.128.0/19",
      "vpc-public-3 10.0.160.0/20",
    ]);
  });

  it("are private before public before isolated with the strategy Legacy, whatever the order of the specs", () => {
    const specs = [spec("Isolated"), spec("Public"), spec("Private")];
    expect(layout({ zones: zones.slice(0, 1), specs })).toEqual([
      "vpc-private-1 10.0.0.0/19",
      "vpc-public-1 10.0.32.0/20",
      "vpc-isolated-1 10.0.48.0/24",
    ]);
  });

  it("share a zone evenly, in the order of the specs, with the strategy Auto", () => {
    const specs = [spec("Public"), spec("Private", { name: "workers" })];
    expect(layout({ zones: zones.slice(0, 2), strategy: "Auto", specs })).toEqual([
      "vpc-public-1 10.0.0.0/18",
      "vpc-workers-1 10.0.64.0/18",
      "vpc-public-2 10.0.128.0/18",
      "vpc-workers-2 10.0.192.0/18",
    ]);
  });

  it("leave a gap rather than overlap when a larger one follows a smaller one", () => {
    const specs = [spec("Public", { cidrMask: 24 }), spec("Private", { cidrMask: 20 })];
    expect(layout({ zones: zones.slice(0, 1), strategy: "Auto", specs })).toEqual([
      "vpc-public-1 10.0.0.0/24",
      "vpc-private-1 10.0.16.0/20",
    ]);
  });

  it("have the blocks that the program gives them", () => {
    const specs = [spec("Public", { cidrBlocks: ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"] })];
    expect(layout({ strategy: "Auto", specs })).toEqual([
      "vpc-public-1 10.0.1.0/24",
      "vpc-public-2 10.0.2.0/24",
      "vpc-public-3 10.0.3.0/24",
    ]);
  });

  it.each([
    [
      "overlap",
      [spec("Public", { cidrBlocks: ["10.0.1.0/24", "10.0.1.128/25", "10.0.3.0/24"] })],
      /vpc-public-1 .* overlap/,
    ],
    [
      "lack a block for a zone",
      [spec("Public", { cidrBlocks: ["10.0.1.0/24"] })],
      /one block per availability zone \(3\)/,
    ],
    [
      "are larger than their zone",
      [spec("Public", { cidrMask: 16 })],
      /need 65536 addresses, and it has 16384/,
    ],
  ])("are refused when they %s", (_what, specs, message) => {
    expect(() => planSubnets(plan({ strategy: "Auto", specs }))).toThrow(message);
  });
});

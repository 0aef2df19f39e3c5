/** `awsx:ec2:Vpc`: a VPC, an internet gateway, and for each zone its subnets, route tables and perhaps a NAT gateway. */
import type { GraphResource, Json } from "../../graph";
import { availabilityZones } from "../invokes/account";
import { isObject, type JsonObject } from "../wire";
import { type Child, createChildren, type Synthesis, type SynthesisOptions } from "./children";
import { parseSubnetSpecs, type PlannedSubnet, planSubnets } from "./subnets";
import { addSubnet, type NatStrategy, type Network } from "./vpc-subnet";

/** The component's own arguments; the rest goes to the VPC. */
const OWN_ARGUMENTS = [
  "availabilityZoneCidrMask",
  "availabilityZoneNames",
  "natGateways",
  "numberOfAvailabilityZones",
  "subnetNameTagStrategy",
  "subnetSpecs",
  "subnetStrategy",
  "vpcEndpointSpecs",
  "vpcEndpointStrategy",
];
const DEFAULT_CIDR = "10.0.0.0/16";
const DEFAULT_ZONES = 3;
/** Public subnets come first: a private one's route may need their NAT gateway. */
const ORDER = ["Public", "Private", "Isolated"];

export function vpc(component: GraphResource, options: SynthesisOptions): Synthesis {
  const args = component.inputs;
  const zones = zonesOf(args, options.provider.region);
  const network = createNetwork(component, options);
  const plan = planSubnets({
    vpcName: component.name,
    vpcCidr: typeof args.cidrBlock === "string" ? args.cidrBlock : DEFAULT_CIDR,
    zones,
    strategy: typeof args.subnetStrategy === "string" ? args.subnetStrategy : "Legacy",
    specs: parseSubnetSpecs(args.subnetSpecs),
    ...(typeof args.availabilityZoneCidrMask === "number" ? { zoneMask: args.availabilityZoneCidrMask } : {}),
  });
  checkNatGateways(network.strategy, plan);
  for (const [index, zone] of zones.entries()) {
    const inZone = plan.filter((subnet) => subnet.zone === zone && subnet.type !== "Unused");
    for (const subnet of inZone.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))) {
      addSubnet(network, subnet, index);
    }
  }
  const endpoints = addEndpoints(network, args);
  return result(network, endpoints);
}

function createNetwork(component: GraphResource, options: SynthesisOptions): Network {
  const args = component.inputs;
  const children = createChildren(component, options);
  const tags = { Name: component.name, ...(isObject(args.tags) ? args.tags : {}) };
  const own = Object.entries(args).filter(([key]) => !OWN_ARGUMENTS.includes(key));
  const nat = isObject(args.natGateways) ? args.natGateways : {};
  const vpcChild = children.declare("aws:ec2/vpc:Vpc", component.name, component.urn, {
    cidrBlock: DEFAULT_CIDR,
    ...Object.fromEntries(own),
    tags,
  });
  const internetGateway = children.declare(
    "aws:ec2/internetGateway:InternetGateway",
    component.name,
    vpcChild.urn,
    {
      region: args.region,
      vpcId: vpcChild.id,
      tags,
    },
  );
  return {
    name: component.name,
    tags,
    region: args.region,
    children,
    vpc: vpcChild,
    internetGateway,
    strategy: natStrategy(nat.strategy),
    allocationIds: Array.isArray(nat.elasticIpAllocationIds) ? nat.elasticIpAllocationIds.map(String) : [],
    subnets: [],
    routeTables: [],
    associations: [],
    routes: [],
    natGateways: [],
    eips: [],
  };
}

function zonesOf(args: JsonObject, region: string): readonly string[] {
  if (Array.isArray(args.availabilityZoneNames)) return args.availabilityZoneNames.map(String);
  const wanted =
    typeof args.numberOfAvailabilityZones === "number" ? args.numberOfAvailabilityZones : DEFAULT_ZONES;
  const known = availabilityZones(region);
  if (wanted > known.length) {
    throw new Error(
      `The local engine has ${String(known.length)} availability zones in ${region}, got numberOfAvailabilityZones ${String(wanted)}; name them in availabilityZoneNames.`,
    );
  }
  return known.slice(0, wanted);
}

function natStrategy(value: Json | undefined): NatStrategy {
  const strategies: readonly NatStrategy[] = ["None", "Single", "OnePerAz"];
  if (value === undefined) return "OnePerAz";
  const strategy = strategies.find((known) => known.toLowerCase() === String(value).toLowerCase());
  if (strategy === undefined) throw new Error(`Unknown NatGatewayStrategy '${JSON.stringify(value)}'`);
  return strategy;
}

function checkNatGateways(strategy: NatStrategy, plan: readonly PlannedSubnet[]): void {
  const has = (type: string): boolean => plan.some((subnet) => subnet.type === type);
  if (strategy !== "None" && !(has("Public") && has("Private"))) {
    throw new Error(
      "If NAT Gateway strategy is 'OnePerAz' or 'Single', both private and public subnets must be declared. The private subnet creates the need for a NAT Gateway, and the public subnet is required to host the NAT Gateway resource.",
    );
  }
}

/** With vpcEndpointStrategy `Auto`, awsx gives gateway endpoints every route table and interface ones the private subnets. */
function addEndpoints(network: Network, args: JsonObject): readonly Child[] {
  const specs = Array.isArray(args.vpcEndpointSpecs) ? args.vpcEndpointSpecs.filter(isObject) : [];
  return specs.map((spec) => {
    const automatic: { [property: string]: Json | undefined } = {};
    if (args.vpcEndpointStrategy === "Auto") {
      const isInterface = String(spec.vpcEndpointType).toLowerCase() === "interface";
      if (isInterface) {
        automatic.privateDnsEnabled = true;
        automatic.subnetIds = network.subnets.filter(({ type }) => type === "Private").map(({ id }) => id);
      } else {
        automatic.routeTableIds = network.routeTables.map(({ id }) => id);
      }
    }
    return network.children.declare(
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      String(spec.serviceName),
      network.vpc.urn,
      {
        region: network.region,
        ...automatic,
        ...spec,
        tags: { ...network.tags, ...(isObject(spec.tags) ? spec.tags : {}) },
        vpcId: network.vpc.id,
      },
    );
  });
}

function result(network: Network, endpoints: readonly Child[]): Synthesis {
  const ofType = (type: string): readonly Child[] => network.subnets.filter((subnet) => subnet.type === type);
  const ids = (subnets: readonly Child[]): Json => subnets.map(({ id }) => id);
  const references = (list: readonly Child[]): Json => list.map((child) => child.reference);
  const outputs = {
    vpcId: network.vpc.id,
    publicSubnetIds: ids(ofType("Public")),
    privateSubnetIds: ids(ofType("Private")),
    isolatedSubnetIds: ids(ofType("Isolated")),
  };
  return {
    children: network.children.declared,
    outputs,
    state: {
      ...outputs,
      vpc: network.vpc.reference,
      internetGateway: network.internetGateway.reference,
      subnets: references(network.subnets),
      publicSubnets: references(ofType("Public")),
      privateSubnets: references(ofType("Private")),
      isolatedSubnets: references(ofType("Isolated")),
      routeTables: references(network.routeTables),
      routeTableAssociations: references(network.associations),
      routes: references(network.routes),
      natGateways: references(network.natGateways),
      eips: references(network.eips),
      vpcEndpoints: references(endpoints),
    },
  };
}

/** `awsx:ec2:Vpc`: a VPC, an internet gateway, and for each zone its subnets, route tables and perhaps a NAT gateway. */
import type { GraphResource, Json } from "../../graph";
import { availabilityZones } from "../invokes/account";
import { isObject, type JsonObject } from "../wire";
import { type Child, type Children, createChildren, type Synthesis, type SynthesisOptions } from "./children";
import { parseSubnetSpecs, type PlannedSubnet, planSubnets } from "./subnets";

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
const EVERYWHERE = "0.0.0.0/0";
/** Public subnets come first: a private one's route may need their NAT gateway. */
const ORDER = ["Public", "Private", "Isolated"];

type NatStrategy = "None" | "Single" | "OnePerAz";

interface Network {
  readonly name: string;
  readonly tags: JsonObject;
  readonly region: Json | undefined;
  readonly children: Children;
  readonly vpc: Child;
  readonly internetGateway: Child;
  readonly strategy: NatStrategy;
  readonly allocationIds: readonly string[];
  readonly subnets: (Child & { readonly type: string; readonly zone: string })[];
  readonly routeTables: Child[];
  readonly associations: Child[];
  readonly routes: Child[];
  readonly natGateways: Child[];
  readonly eips: Child[];
}

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

function addSubnet(network: Network, spec: PlannedSubnet, zoneIndex: number): void {
  const { children, region } = network;
  const tags = { ...network.tags, Name: spec.name, SubnetType: spec.type };
  const subnet = children.declare("aws:ec2/subnet:Subnet", spec.name, network.vpc.urn, {
    region,
    vpcId: network.vpc.id,
    availabilityZone: spec.zone,
    mapPublicIpOnLaunch: spec.type === "Public",
    cidrBlock: spec.cidrBlock,
    assignIpv6AddressOnCreation: false,
    tags: { ...network.tags, ...spec.tags, Name: spec.name, SubnetType: spec.type },
  });
  network.subnets.push({ ...subnet, type: spec.type, zone: spec.zone });
  const routeTable = children.declare("aws:ec2/routeTable:RouteTable", spec.name, subnet.urn, {
    region,
    vpcId: network.vpc.id,
    tags,
  });
  network.routeTables.push(routeTable);
  network.associations.push(
    children.declare(
      "aws:ec2/routeTableAssociation:RouteTableAssociation",
      spec.name,
      routeTable.urn,
      { region, routeTableId: routeTable.id, subnetId: subnet.id },
      [subnet.urn],
    ),
  );
  if (spec.type === "Public" && needsNatGateway(network, zoneIndex))
    addNatGateway(network, subnet, zoneIndex);
  addRoute(network, spec, routeTable, zoneIndex);
}

function needsNatGateway({ strategy, natGateways }: Network, zoneIndex: number): boolean {
  if (strategy === "None") return false;
  return natGateways.length < (strategy === "Single" ? 1 : zoneIndex + 1);
}

function addNatGateway(network: Network, subnet: Child, zoneIndex: number): void {
  const { children, region, name } = network;
  const gatewayName = `${name}-${String(zoneIndex + 1)}`;
  const tags = { ...network.tags, Name: gatewayName };
  const eip =
    network.allocationIds.length === 0
      ? children.declare("aws:ec2/eip:Eip", gatewayName, subnet.urn, { region, tags })
      : null;
  if (eip !== null) network.eips.push(eip);
  network.natGateways.push(
    children.declare(
      "aws:ec2/natGateway:NatGateway",
      gatewayName,
      subnet.urn,
      { region, subnetId: subnet.id, allocationId: eip?.id ?? network.allocationIds[zoneIndex], tags },
      eip === null ? [] : [eip.urn],
    ),
  );
}

/** Public subnets reach the internet through its gateway, private ones through NAT, isolated ones not at all. */
function addRoute(network: Network, spec: PlannedSubnet, routeTable: Child, zoneIndex: number): void {
  const { children, region, internetGateway } = network;
  const nat = network.natGateways[network.strategy === "Single" ? 0 : zoneIndex];
  const target =
    spec.type === "Public"
      ? { gatewayId: internetGateway.id, urn: internetGateway.urn }
      : spec.type === "Private" && nat !== undefined
        ? { natGatewayId: nat.id, urn: nat.urn }
        : null;
  if (target === null) return;
  const { urn, ...gateway } = target;
  network.routes.push(
    children.declare(
      "aws:ec2/route:Route",
      spec.name,
      routeTable.urn,
      { region, routeTableId: routeTable.id, ...gateway, destinationCidrBlock: EVERYWHERE },
      [urn],
    ),
  );
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

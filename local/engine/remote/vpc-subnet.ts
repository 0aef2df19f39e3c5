/** One subnet of an `awsx:ec2:Vpc`, with its route table, its way out, and the NAT gateway that may stand in it. */
import type { Json } from "../../graph";
import type { JsonObject } from "../wire";
import type { Child, Children } from "./children";
import type { PlannedSubnet } from "./subnets";

const EVERYWHERE = "0.0.0.0/0";

/** How many NAT gateways there are: none, one, or one for each zone. */
export type NatStrategy = "None" | "Single" | "OnePerAz";

/** A VPC in the making: what later subnets need of the earlier ones. */
export interface Network {
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

/** Declares the subnet and what belongs to it. Public subnets of a zone come before the others. */
export function addSubnet(network: Network, spec: PlannedSubnet, zoneIndex: number): void {
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

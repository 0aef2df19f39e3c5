/** What Amazon EC2 and Amazon VPC answer when their resources are created. */
import { ec2Id, hex } from "../identity";
import { arn, type Model, type ModelTable, named, text } from "./model";

/** A resource of which nothing is known but its id and ARN. */
function identified(prefix: string, arnType: string): Model {
  return {
    computed: (subject) => {
      const id = ec2Id(prefix, subject.urn);
      return { id, arn: arn(subject, "ec2", `${arnType}/${id}`), ownerId: subject.accountId };
    },
  };
}

/** A rule of a security group, a resource of its own. */
const securityGroupRule: Model = {
  computed: (rule) => {
    const id = ec2Id("sgr", rule.urn);
    return { id, arn: arn(rule, "ec2", `security-group-rule/${id}`), securityGroupRuleId: id };
  },
};

/** An address of the block that is kept for documentation (RFC 5737). */
function documentationAddress(urn: string): string {
  return `203.0.113.${String(Number.parseInt(hex(urn, 2), 16))}`;
}

export const ec2: ModelTable = {
  "aws:ec2/vpc:Vpc": {
    computed: (vpc) => {
      const id = ec2Id("vpc", vpc.urn);
      return {
        id,
        arn: arn(vpc, "ec2", `vpc/${id}`),
        cidrBlock: "10.0.0.0/16",
        defaultNetworkAclId: ec2Id("acl", vpc.urn),
        defaultRouteTableId: ec2Id("rtb", vpc.urn),
        defaultSecurityGroupId: ec2Id("sg", vpc.urn),
        dhcpOptionsId: ec2Id("dopt", vpc.urn),
        enableDnsHostnames: false,
        enableDnsSupport: true,
        instanceTenancy: "default",
        ipv6AssociationId: "",
        ipv6CidrBlock: "",
        mainRouteTableId: ec2Id("rtb", vpc.urn),
        ownerId: vpc.accountId,
      };
    },
  },
  "aws:ec2/subnet:Subnet": {
    computed: (subnet) => {
      const id = ec2Id("subnet", subnet.urn);
      return {
        id,
        arn: arn(subnet, "ec2", `subnet/${id}`),
        availabilityZoneId: "",
        ipv6CidrBlockAssociationId: "",
        mapPublicIpOnLaunch: false,
        ownerId: subnet.accountId,
      };
    },
  },
  "aws:ec2/routeTable:RouteTable": identified("rtb", "route-table"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    computed: (association) => ({ id: ec2Id("rtbassoc", association.urn) }),
  },
  "aws:ec2/route:Route": {
    computed: (route) => ({
      id: `r-${text(route, "routeTableId")}${hex(route.urn, 10)}`,
      origin: "CreateRoute",
      state: "active",
    }),
  },
  "aws:ec2/internetGateway:InternetGateway": identified("igw", "internet-gateway"),
  "aws:ec2/natGateway:NatGateway": {
    computed: (gateway) => ({
      id: ec2Id("nat", gateway.urn),
      associationId: ec2Id("eipassoc", gateway.urn),
      networkInterfaceId: ec2Id("eni", gateway.urn),
      privateIp: "10.0.0.10",
      publicIp: documentationAddress(gateway.urn),
    }),
  },
  "aws:ec2/eip:Eip": {
    computed: (eip) => {
      const id = ec2Id("eipalloc", eip.urn);
      const publicIp = documentationAddress(eip.urn);
      return { id, allocationId: id, arn: arn(eip, "ec2", `elastic-ip/${id}`), domain: "vpc", publicIp };
    },
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": identified("vpce", "vpc-endpoint"),
  "aws:ec2/flowLog:FlowLog": identified("fl", "vpc-flow-log"),
  "aws:ec2/securityGroup:SecurityGroup": {
    autoname: named(255),
    computed: (group) => {
      const id = ec2Id("sg", group.urn);
      return {
        id,
        arn: arn(group, "ec2", `security-group/${id}`),
        description: "Managed by Pulumi",
        egress: [],
        ingress: [],
        ownerId: group.accountId,
      };
    },
  },
  // Adopted, not made: the group that came with the VPC.
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    computed: (group) => {
      const id = ec2Id("sg", text(group, "vpcId"));
      return {
        id,
        arn: arn(group, "ec2", `security-group/${id}`),
        description: "default VPC security group",
        name: "default",
        ownerId: group.accountId,
      };
    },
  },
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    computed: (rule) => ({ id: ec2Id("sgrule", rule.urn), securityGroupRuleId: ec2Id("sgr", rule.urn) }),
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule,
  "aws:ec2/launchTemplate:LaunchTemplate": {
    autoname: named(128),
    computed: (template) => {
      const id = ec2Id("lt", template.urn);
      return { id, arn: arn(template, "ec2", `launch-template/${id}`), defaultVersion: 1, latestVersion: 1 };
    },
  },
  "aws:ec2/placementGroup:PlacementGroup": {
    autoname: named(255),
    computed: (group) => ({
      id: text(group, "name"),
      arn: arn(group, "ec2", `placement-group/${text(group, "name")}`),
      placementGroupId: ec2Id("pg", group.urn),
    }),
  },
};

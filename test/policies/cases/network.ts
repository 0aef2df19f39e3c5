/** Instances and networks: one valid stack per rule, and its breaks. */
import * as types from "../../../policies/types";
import { type Case, resource, set, unset, without } from "./case";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const template = resource(types.LAUNCH_TEMPLATE, "template", {
  metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
  networkInterfaces: [{ associatePublicIpAddress: "false" }],
  blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }],
  userData: base64("#!/bin/bash\nexport STAGE=prod\n"),
});
const group = resource(types.GROUP, "group", {
  mixedInstancesPolicy: {
    instancesDistribution: { onDemandPercentageAboveBaseCapacity: 0 },
    launchTemplate: {
      launchTemplateSpecification: { launchTemplateId: "template" },
      overrides: [{ instanceType: "g5.xlarge" }, { instanceType: "g6.xlarge" }],
    },
  },
  vpcZoneIdentifiers: ["subnet-a", "subnet-b"],
  capacityRebalance: true,
  tags: [{ key: "Owner", value: "me", propagateAtLaunch: true }],
});
const closed = resource(types.SECURITY_GROUP, "closed", {
  vpcId: "vpc",
  description: "Workers",
  ingress: [{ description: "Web", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
  egress: [{ description: "TLS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
});
const ruleIn = resource(types.INGRESS_RULE, "ruleIn", {
  securityGroupId: "closed",
  description: "Database",
  ipProtocol: "tcp",
  fromPort: 5432,
  toPort: 5432,
  cidrIpv4: "10.0.0.0/8",
});
const ruleOut = resource(types.EGRESS_RULE, "ruleOut", {
  securityGroupId: "closed",
  description: "TLS",
  ipProtocol: "tcp",
  fromPort: 443,
  toPort: 443,
  cidrIpv4: "0.0.0.0/0",
});
const oldRule = resource(types.SECURITY_GROUP_RULE, "oldRule", {
  type: "ingress",
  securityGroupId: "closed",
  description: "Shell",
  protocol: "tcp",
  fromPort: 22,
  toPort: 22,
  cidrBlocks: ["10.0.0.0/8"],
});
const vpc = resource(types.VPC, "vpc", { cidrBlock: "10.0.0.0/16" });

export const networkCases: readonly Case[] = [
  {
    rule: "asg-launch-template",
    valid: [group],
    breaks: {
      "a launch configuration starts it": (all) =>
        set("group.launchConfiguration", "old")(unset("group.mixedInstancesPolicy")(all)),
    },
  },
  {
    rule: "ec2-imdsv2",
    valid: [template],
    breaks: {
      "no token is asked for": set("template.metadataOptions.httpTokens", "optional"),
      "nothing is said of tokens": unset("template.metadataOptions"),
    },
    alsoValid: {
      "the endpoint is off": set("template.metadataOptions", { httpEndpoint: "disabled" }),
    },
  },
  {
    rule: "ec2-metadata-hop-limit",
    valid: [template],
    breaks: { "containers reach it": set("template.metadataOptions.httpPutResponseHopLimit", 2) },
    alsoValid: { "the default is one": unset("template.metadataOptions.httpPutResponseHopLimit") },
  },
  {
    rule: "ec2-no-public-ip",
    valid: [template, resource(types.INSTANCE, "instance", { associatePublicIpAddress: false })],
    breaks: {
      "an interface is public": set("template.networkInterfaces.0.associatePublicIpAddress", "true"),
      "an instance is public": set("instance.associatePublicIpAddress", true),
    },
  },
  {
    rule: "ec2-ebs-encrypted",
    valid: [
      template,
      resource(types.EBS_VOLUME, "volume", { encrypted: true }),
      resource(types.INSTANCE, "instance", {
        rootBlockDevice: { encrypted: true },
        ebsBlockDevices: [{ encrypted: true }],
      }),
    ],
    breaks: {
      "a template's volume is not": set("template.blockDeviceMappings.0.ebs.encrypted", "false"),
      "nothing is said of a template's volume": unset("template.blockDeviceMappings.0.ebs.encrypted"),
      "a volume is not": set("volume.encrypted", false),
      "a root volume is not": unset("instance.rootBlockDevice.encrypted"),
      "a further volume is not": set("instance.ebsBlockDevices.0.encrypted", false),
    },
  },
  {
    rule: "ec2-no-secret-in-user-data",
    valid: [template, resource(types.INSTANCE, "instance", { userData: "#!/bin/bash\n" })],
    breaks: {
      "a template's script sets a password": set(
        "template.userData",
        base64("export DB_PASSWORD=hunter2-hunter2\n"),
      ),
      "an instance's script holds a key": set(
        "instance.userData",
        "aws configure set x AKIAIOSFODNN7EXAMPLE",
      ),
      "a script holds a private key": set(
        "instance.userDataBase64",
        base64("-----BEGIN RSA PRIVATE KEY-----"),
      ),
    },
    alsoValid: {
      "a script reads a password": set(
        "template.userData",
        base64('export DB_PASSWORD="$(aws ssm get-parameter)"\n'),
      ),
    },
  },
  {
    rule: "asg-several-zones",
    valid: [group],
    breaks: {
      "it has one subnet": set("group.vpcZoneIdentifiers", ["subnet-a"]),
      "it has one subnet twice": set("group.vpcZoneIdentifiers", ["subnet-a", "subnet-a"]),
    },
    alsoValid: {
      "zones by name": (all) =>
        set("group.availabilityZones", ["eu-west-1a", "eu-west-1b"])(unset("group.vpcZoneIdentifiers")(all)),
    },
  },
  {
    rule: "asg-several-instance-types",
    valid: [group],
    breaks: { "one type is all": unset("group.mixedInstancesPolicy.launchTemplate.overrides.1") },
    alsoValid: {
      "types by their attributes": set("group.mixedInstancesPolicy.launchTemplate.overrides", [
        { instanceRequirements: {} },
      ]),
    },
  },
  {
    rule: "asg-capacity-rebalance",
    valid: [group],
    breaks: {
      "it waits for the interruption": set("group.capacityRebalance", false),
      "nothing is said of rebalancing": unset("group.capacityRebalance"),
    },
    alsoValid: {
      "it is all on demand": (all) =>
        set(
          "group.mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity",
          100,
        )(unset("group.capacityRebalance")(all)),
    },
  },
  { rule: "asg-tags", valid: [group], breaks: { "it has none": set("group.tags", []) } },
  {
    rule: "vpc-no-open-ingress",
    valid: [closed, ruleIn, oldRule],
    breaks: {
      "the world reaches a shell": set("oldRule.cidrBlocks", ["0.0.0.0/0"]),
      "the world reaches a database": set("ruleIn.cidrIpv4", "0.0.0.0/0"),
      "the world reaches a database by IPv6": set("ruleIn.cidrIpv6", "::/0"),
      "the world reaches every port": (all) =>
        set(
          "closed.ingress.0.toPort",
          0,
        )(set("closed.ingress.0.fromPort", 0)(set("closed.ingress.0.protocol", "-1")(all))),
      "web ports are part of a range": set("closed.ingress.0.fromPort", 80),
    },
    alsoValid: {
      "it is an egress rule": (all) =>
        set("oldRule.cidrBlocks", ["0.0.0.0/0"])(set("oldRule.type", "egress")(all)),
    },
  },
  {
    rule: "vpc-no-ingress-to-workers",
    valid: [
      resource("aws:lb/loadBalancer:LoadBalancer", "edge", { securityGroups: ["closed"] }),
      closed,
      resource(types.SECURITY_GROUP, "inner", { description: "Tasks" }),
      resource(types.SERVICE, "service", { networkConfiguration: { securityGroups: ["inner"] } }),
    ],
    breaks: {
      "the world reaches the service": set("inner.ingress", [
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
      ]),
      "the service is behind the open group": set("service.networkConfiguration.securityGroups", ["closed"]),
    },
  },
  {
    rule: "vpc-restricted-egress",
    valid: [closed, ruleOut],
    breaks: {
      "everything goes out": set("closed.egress.0", {
        protocol: "-1",
        fromPort: 0,
        toPort: 0,
        cidrBlocks: ["0.0.0.0/0"],
      }),
      "everything goes out, by a rule": set("ruleOut.ipProtocol", "-1"),
    },
  },
  {
    rule: "vpc-security-group-descriptions",
    valid: [closed, ruleIn, ruleOut, oldRule],
    breaks: {
      "the group has none": unset("closed.description"),
      "the group has Pulumi's": set("closed.description", "Managed by Pulumi"),
      "an inline rule has none": unset("closed.ingress.0.description"),
      "a rule out has none": set("closed.egress.0.description", ""),
      "a rule of its own has none": unset("ruleIn.description"),
    },
  },
  {
    rule: "vpc-subnets-no-public-ip",
    valid: [resource(types.SUBNET, "subnet", { mapPublicIpOnLaunch: false })],
    breaks: { "it gives public addresses": set("subnet.mapPublicIpOnLaunch", true) },
  },
  {
    rule: "vpc-flow-logs",
    valid: [vpc, resource(types.FLOW_LOG, "flows", { vpcId: "vpc", trafficType: "ALL" })],
    breaks: {
      "nothing is logged": without("flows"),
      "another VPC is logged": set("flows.vpcId", "other"),
      "only what was let through is logged": set("flows.trafficType", "ACCEPT"),
    },
  },
  {
    rule: "vpc-default-group-closed",
    valid: [vpc, resource(types.DEFAULT_SECURITY_GROUP, "default", { vpcId: "vpc" })],
    breaks: {
      "it is left as AWS makes it": without("default"),
      "it has a rule": set("default.ingress", [{ protocol: "-1", self: true }]),
    },
  },
  {
    rule: "vpc-interface-endpoints",
    valid: [
      vpc,
      resource(types.SERVICE, "service"),
      resource(types.VPC_ENDPOINT, "api", { vpcId: "vpc", serviceName: "com.amazonaws.eu-west-1.ecr.api" }),
      resource(types.VPC_ENDPOINT, "dkr", { vpcId: "vpc", serviceName: "com.amazonaws.eu-west-1.ecr.dkr" }),
    ],
    breaks: {
      "images come over the internet": without("dkr"),
      "the registry is over the internet": without("api"),
    },
    alsoValid: { "nothing pulls images": (all) => without("dkr")(without("service")(all)) },
  },
];

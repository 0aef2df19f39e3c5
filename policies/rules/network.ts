/** What is required of networks: VPCs, their subnets, logs and endpoints. */
import { each } from "../known";
import type { Finding, Rule } from "../rule";
import { ofType, refersTo, type Stack } from "../subject";
import * as types from "../types";
import { isTrue, list, shown, text } from "../values";

function flowLogs(stack: Stack): readonly Finding[] {
  const logs = ofType(stack, types.FLOW_LOG);
  return each(ofType(stack, types.VPC), (subject) => {
    const own = logs.filter((log) => refersTo(log, "vpcId", () => log.props.vpcId, subject));
    if (own.length === 0) return [{ subject, found: "no flow log names it" }];
    return own.some(({ props }) => ["ALL", "REJECT"].includes(text(props.trafficType ?? "ALL")))
      ? []
      : [{ subject, found: "its flow logs leave out what was rejected" }];
  });
}

function defaultGroups(stack: Stack): readonly Finding[] {
  const groups = ofType(stack, types.DEFAULT_SECURITY_GROUP);
  return each(ofType(stack, types.VPC), (subject) => {
    const own = groups.filter((group) => refersTo(group, "vpcId", () => group.props.vpcId, subject));
    if (own.length === 0)
      return [
        {
          subject,
          found: "no aws.ec2.DefaultSecurityGroup names it, so the default group lets its members talk",
        },
      ];
    return own.flatMap((group) =>
      (["ingress", "egress"] as const)
        .filter((direction) => list(group.props[direction]).length > 0)
        .map((direction) => ({
          subject: group,
          found: `${direction} of the default security group is ${shown(group.props[direction])}`,
        })),
    );
  });
}

/** What ECS needs of AWS to start a task: asked for only in a stack that has services. */
const TASK_ENDPOINTS = ["ecr.api", "ecr.dkr"] as const;

function endpoints(stack: Stack): readonly Finding[] {
  if (ofType(stack, types.SERVICE).length === 0) return [];
  const declared = ofType(stack, types.VPC_ENDPOINT);
  return each(ofType(stack, types.VPC), (subject) => {
    const own = declared.filter((endpoint) =>
      refersTo(endpoint, "vpcId", () => endpoint.props.vpcId, subject),
    );
    const names = own.map(({ props }) => text(props.serviceName));
    const missing = TASK_ENDPOINTS.filter((service) => !names.some((name) => name.endsWith(`.${service}`)));
    return missing.length === 0
      ? []
      : [{ subject, found: `it has no interface endpoint for ${missing.join(", ")}` }];
  });
}

const group = "Network" as const;

export const networkRules: readonly Rule[] = [
  {
    id: "vpc-subnets-no-public-ip",
    requirement: 35,
    group,
    title: "Subnets give no public addresses",
    what: "`mapPublicIpOnLaunch` is not true.",
    why: "What is started there by mistake is then reachable by mistake.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["EC2.15"],
    mend: "set mapPublicIpOnLaunch to false; load balancers and NAT gateways have addresses of their own",
    validate: {
      on: "resource",
      types: [types.SUBNET],
      check: ({ props }) => (isTrue(props.mapPublicIpOnLaunch) ? ["mapPublicIpOnLaunch is true"] : []),
    },
  },
  {
    id: "vpc-flow-logs",
    requirement: 36,
    group,
    title: "VPCs log their traffic",
    what: "Each VPC of the stack has a flow log with what was rejected.",
    why: "After an incident it is the only record of who talked to whom.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["EC2.6"],
    mend: "declare an aws.ec2.FlowLog for it",
    validate: { on: "stack", types: [types.VPC], check: flowLogs },
  },
  {
    id: "vpc-default-group-closed",
    requirement: 37,
    group,
    title: "Default security groups are closed",
    what: "Each VPC of the stack has an `aws.ec2.DefaultSecurityGroup` without rules.",
    why: "What is started without a group lands in this one.",
    severity: "high",
    enforcement: "mandatory",
    references: ["EC2.2"],
    mend: "declare an aws.ec2.DefaultSecurityGroup with the vpcId and no rules",
    validate: { on: "stack", types: [types.VPC, types.DEFAULT_SECURITY_GROUP], check: defaultGroups },
  },
  {
    id: "vpc-interface-endpoints",
    requirement: 38,
    group,
    title: "Images are pulled without the internet",
    what: "In a stack with ECS services, each VPC has interface endpoints for ecr.api and ecr.dkr.",
    why: "The way out can then be closed, and a NAT gateway's fee per GB is saved.",
    severity: "low",
    enforcement: "advisory",
    references: ["EC2.10", "EC2.55", "EC2.56", "EC2.57"],
    mend: "declare aws.ec2.VpcEndpoint of type Interface for them",
    validate: { on: "stack", types: [types.VPC], check: endpoints },
  },
];

/** What is required of security groups: who comes in, what goes out, and what for. */
import { each, type Properties, together } from "../known";
import type { Finding, Rule } from "../rule";
import { ofType, refersTo, type Stack, type StackSubject, type Subject } from "../subject";
import * as types from "../types";
import { list, object, shown, text } from "../values";

/** Ports that EC2.18 lets the world reach: a web server's. */
const WEB_PORTS = [80, 443];
/** Pulumi's and Terraform's own words, which describe nothing. */
const NO_DESCRIPTION = /^(managed by (pulumi|terraform))?$/i;

/** A rule of a security group, inline or by itself, in one form. */
interface Opening {
  readonly where: string;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
}

const isWorld = (block: unknown): boolean => /^(0\.0\.0\.0|::)\/0$/.test(String(block));

function opening(where: string, rule: Properties): Opening {
  const blocks = [rule.cidrBlocks, rule.ipv6CidrBlocks, rule.cidrIpv4, rule.cidrIpv6].flatMap(list);
  const protocol = text(rule.protocol ?? rule.ipProtocol).toLowerCase();
  const all = protocol === "-1" || protocol === "all";
  return {
    where,
    protocol,
    from: all ? 0 : Number(rule.fromPort ?? 0),
    to: all ? 65_535 : Number(rule.toPort ?? 65_535),
    isOpen: blocks.some(isWorld),
  };
}

/** The rules of one direction, of whichever resource declares them. */
function openings<Found>(
  { type, props }: Subject,
  direction: "ingress" | "egress",
  check: (opening: Opening) => readonly Found[],
): readonly Found[] {
  if (type === types.SECURITY_GROUP) {
    return each(list(props[direction]), (rule, index) =>
      check(opening(`${direction}[${String(index)}]`, object(rule))),
    );
  }
  const matches =
    type === types.SECURITY_GROUP_RULE
      ? props.type === direction
      : type === (direction === "ingress" ? types.INGRESS_RULE : types.EGRESS_RULE);
  return matches ? check(opening("it", props)) : [];
}

function portsOf({ protocol, from, to }: Opening): string {
  if (from === 0 && to === 65_535) return "every port";
  return `${protocol} ${from === to ? String(from) : `${String(from)}-${String(to)}`}`;
}

/** ICMP has no ports, and path MTU discovery needs it. */
function isWeb({ protocol, from, to }: Opening): boolean {
  if (["icmp", "icmpv6", "58", "1"].includes(protocol)) return true;
  return ["tcp", "6", "udp", "17"].includes(protocol) && from === to && WEB_PORTS.includes(from);
}

function ingress(subject: Subject): readonly string[] {
  return openings(subject, "ingress", (rule) =>
    rule.isOpen && !isWeb(rule) ? [`${rule.where} lets the world in on ${portsOf(rule)}`] : [],
  );
}

/** Groups whose only users in the stack are workers and functions, not load balancers. */
function workersIngress(stack: Stack): readonly Finding[] {
  const users = ofType(stack, types.SERVICE, types.LAUNCH_TEMPLATE, types.FUNCTION, types.TASK_SET);
  return each(ofType(stack, types.SECURITY_GROUP), (subject) => {
    const user = users.find((each) => usesGroup(each, subject));
    if (user === undefined) return [];
    const own = (rule: StackSubject): boolean =>
      rule.urn === subject.urn ||
      refersTo(rule, "securityGroupId", () => rule.props.securityGroupId, subject);
    const rules = ofType(stack, types.SECURITY_GROUP, types.SECURITY_GROUP_RULE, types.INGRESS_RULE).filter(
      own,
    );
    return each(rules, (rule) =>
      openings(rule, "ingress", (found) =>
        found.isOpen && isWeb(found)
          ? [
              {
                subject,
                found: `${rule === subject ? found.where : rule.name} lets the world in on ${portsOf(found)}, and ${user.name} stands behind it`,
              },
            ]
          : [],
      ),
    );
  });
}

function usesGroup(user: StackSubject, group: StackSubject): boolean {
  const places: readonly (readonly [string, () => Properties[string]])[] = [
    ["networkConfiguration", () => object(user.props.networkConfiguration).securityGroups],
    ["vpcSecurityGroupIds", () => user.props.vpcSecurityGroupIds],
    ["vpcConfig", () => object(user.props.vpcConfig).securityGroupIds],
    [
      "networkInterfaces",
      () => list(user.props.networkInterfaces).flatMap((one) => list(object(one).securityGroups)),
    ],
  ];
  return places.some(([property, read]) => refersTo(user, property, read, group));
}

function egress(subject: Subject): readonly string[] {
  return openings(subject, "egress", (rule) =>
    rule.isOpen && rule.from === 0 && rule.to === 65_535
      ? [`${rule.where} lets everything out to the world`]
      : [],
  );
}

function descriptions({ type, props }: Subject): readonly string[] {
  const describe = (where: string, { description }: Properties): readonly string[] =>
    NO_DESCRIPTION.test(text(description)) ? [`the description of ${where} is ${shown(description)}`] : [];
  if (type !== types.SECURITY_GROUP) return describe("the rule", props);
  return together(
    () => describe("the group", props),
    ...(["ingress", "egress"] as const).map(
      (direction) => () =>
        each(list(props[direction]), (rule, index) =>
          describe(`${direction}[${String(index)}]`, object(rule)),
        ),
    ),
  );
}

const group = "Network" as const;
const RULES = [types.SECURITY_GROUP, types.SECURITY_GROUP_RULE, types.INGRESS_RULE, types.EGRESS_RULE];

export const securityGroupRules: readonly Rule[] = [
  {
    id: "vpc-no-open-ingress",
    requirement: 32,
    group,
    title: "The world reaches web ports only",
    what: "No rule lets 0.0.0.0/0 or ::/0 in, but on port 80 or 443. ICMP is let through.",
    why: "Whatever is open to the world is tried within minutes.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["EC2.13", "EC2.18", "EC2.19"],
    mend: "name the security group or the block that may come in",
    validate: {
      on: "resource",
      types: [types.SECURITY_GROUP, types.SECURITY_GROUP_RULE, types.INGRESS_RULE],
      check: ingress,
    },
  },
  {
    id: "vpc-no-ingress-to-workers",
    requirement: 32,
    group,
    title: "The world reaches no worker",
    what: "A security group of an ECS service, launch template or function lets 0.0.0.0/0 or ::/0 in on no port, 80 and 443 included: those are a load balancer's.",
    why: "Workers call and are never called.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["EC2.18"],
    mend: "let in the load balancer's security group instead, or nobody",
    validate: { on: "stack", types: [types.SECURITY_GROUP], check: workersIngress },
  },
  {
    id: "vpc-restricted-egress",
    requirement: 33,
    group,
    title: "Not everything may go out",
    what: "No rule lets every port out to 0.0.0.0/0 or ::/0.",
    why: "An intruder's first step is a call home.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_382"],
    mend: "name the ports, such as 443, or the blocks that are needed",
    validate: {
      on: "resource",
      types: [types.SECURITY_GROUP, types.SECURITY_GROUP_RULE, types.EGRESS_RULE],
      check: egress,
    },
  },
  {
    id: "vpc-security-group-descriptions",
    requirement: 34,
    group,
    title: "Security groups and their rules say what they are for",
    what: "Each security group and each rule has a description of its own.",
    why: "A rule that nobody can explain is a rule that nobody dares to remove.",
    severity: "low",
    enforcement: "mandatory",
    references: ["CKV_AWS_23"],
    mend: "describe what it is for",
    validate: { on: "resource", types: RULES, check: descriptions },
  },
];

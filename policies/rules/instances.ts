/** What is required of Auto Scaling groups, launch templates and instances. */
import { each, type Properties, together, type Value } from "../known";
import type { Rule } from "../rule";
import { secretInScript } from "../secrets";
import { ifKnown, type Subject } from "../subject";
import { EBS_VOLUME, GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE } from "../types";
import { isPresent, isTrue, list, object, shown, text, unless } from "../values";

const MACHINES = [LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, INSTANCE];

function tokens({ props }: Subject): readonly string[] {
  const { httpEndpoint, httpTokens } = object(props.metadataOptions);
  return unless(
    httpEndpoint === "disabled" || httpTokens === "required",
    "metadataOptions.httpTokens",
    httpTokens,
  );
}

function hops({ props }: Subject): readonly string[] {
  const { httpEndpoint, httpPutResponseHopLimit: limit } = object(props.metadataOptions);
  const holds = httpEndpoint === "disabled" || !isPresent(limit) || Number(limit) <= 1;
  return unless(holds, "metadataOptions.httpPutResponseHopLimit", limit);
}

function publicAddress({ props }: Subject): readonly string[] {
  return together(
    () => (isTrue(props.associatePublicIpAddress) ? ["associatePublicIpAddress is true"] : []),
    () =>
      each(list(props.networkInterfaces), (one, index) =>
        isTrue(object(one).associatePublicIpAddress)
          ? [`networkInterfaces[${String(index)}].associatePublicIpAddress is true`]
          : [],
      ),
  );
}

function encrypted(where: string, { encrypted: value }: Properties): readonly string[] {
  return unless(isTrue(value), `${where}.encrypted`, value);
}

function volumes(subject: Subject): readonly string[] {
  const { type, props } = subject;
  if (type === EBS_VOLUME) return unless(isTrue(props.encrypted), "encrypted", props.encrypted);
  return together(
    () =>
      each(list(props.blockDeviceMappings), (mapping, index) => {
        const { ebs } = object(mapping);
        return isPresent(ebs) ? encrypted(`blockDeviceMappings[${String(index)}].ebs`, object(ebs)) : [];
      }),
    () =>
      isPresent(props.rootBlockDevice) ? encrypted("rootBlockDevice", object(props.rootBlockDevice)) : [],
    () =>
      each(list(props.ebsBlockDevices), (device, index) => {
        const { noDevice } = object(device);
        return isTrue(noDevice) ? [] : encrypted(`ebsBlockDevices[${String(index)}]`, object(device));
      }),
  );
}

function decoded(value: Value): string {
  return Buffer.from(text(value), "base64").toString("utf8");
}

function userData({ type, props }: Subject): readonly string[] {
  const scripts = [
    () => (type === LAUNCH_TEMPLATE ? decoded(props.userData) : text(props.userData)),
    () => decoded(props.userDataBase64),
  ];
  return each(scripts, (script) => {
    const reason = secretInScript(script());
    return reason === null ? [] : [`its user data holds ${reason}`];
  });
}

function zones({ props }: Subject): readonly string[] {
  const [subnets, names] = [list(props.vpcZoneIdentifiers), list(props.availabilityZones)];
  const most = Math.max(countOf(subnets), countOf(names));
  return most >= 2 ? [] : [`it has ${String(most)} subnet or zone`];
}

/** Different values; one that is not known yet is taken for another. */
function countOf(values: readonly Value[]): number {
  const known = new Set<string>();
  let unknown = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = ifKnown(() => text(values[index]));
    if (value === undefined) unknown += 1;
    else known.add(value);
  }
  return known.size + unknown;
}

function overridesOf({ props }: Subject): readonly Properties[] {
  return list(object(object(props.mixedInstancesPolicy).launchTemplate).overrides).map(object);
}

function instanceTypes(subject: Subject): readonly string[] {
  const overrides = overridesOf(subject);
  if (overrides.some(({ instanceRequirements }) => isPresent(instanceRequirements))) return [];
  const types = [
    ...new Set(overrides.map(({ instanceType }) => text(instanceType)).filter((type) => type !== "")),
  ];
  return types.length >= 2
    ? []
    : [`its instance types are ${types.length === 0 ? "the template's one" : shown(types)}`];
}

/** Only Spot capacity is rebalanced: a group that is all on demand needs none. */
function rebalance({ props }: Subject): readonly string[] {
  const { onDemandPercentageAboveBaseCapacity: onDemand } = object(
    object(props.mixedInstancesPolicy).instancesDistribution,
  );
  if (isTrue(props.capacityRebalance) || (isPresent(onDemand) && Number(onDemand) >= 100)) return [];
  const asksForSpot = isPresent(onDemand);
  return asksForSpot || props.capacityRebalance === false
    ? [
        `capacityRebalance is ${shown(props.capacityRebalance)}${asksForSpot ? ", and the group takes Spot instances" : ""}`,
      ]
    : [];
}

const group = "Auto Scaling group, launch template" as const;

export const instanceRules: readonly Rule[] = [
  {
    id: "asg-launch-template",
    requirement: 22,
    group,
    title: "Groups launch by a template",
    what: "An Auto Scaling group has a `launchTemplate` or a `mixedInstancesPolicy`, not a launch configuration.",
    why: "Launch configurations know neither new instance types nor IMDSv2 defaults, and new accounts can't make them.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["AutoScaling.9"],
    mend: "use an aws.ec2.LaunchTemplate",
    validate: {
      on: "resource",
      types: [GROUP],
      check: ({ props }) =>
        !isPresent(props.launchConfiguration) &&
        (isPresent(props.launchTemplate) || isPresent(props.mixedInstancesPolicy))
          ? []
          : [`launchConfiguration is ${shown(props.launchConfiguration)}, in place of a launch template`],
    },
  },
  {
    id: "ec2-imdsv2",
    requirement: 23,
    group,
    title: "Instance metadata asks for a token",
    what: "`metadataOptions.httpTokens` is `required`, or the endpoint is disabled.",
    why: "Without the token, one forged request through a web server gives away the instance's credentials.",
    severity: "high",
    enforcement: "mandatory",
    references: ["AutoScaling.3", "EC2.8", "EC2.170"],
    mend: 'set metadataOptions.httpTokens to "required"',
    validate: { on: "resource", types: MACHINES, check: tokens },
  },
  {
    id: "ec2-metadata-hop-limit",
    requirement: 24,
    group,
    title: "Instance metadata stays on the instance",
    what: "`metadataOptions.httpPutResponseHopLimit` is 1, which is also the default.",
    why: "With a second hop containers reach the instance's credentials.",
    severity: "high",
    enforcement: "mandatory",
    references: ["AutoScaling.4"],
    mend: "set metadataOptions.httpPutResponseHopLimit to 1",
    validate: { on: "resource", types: MACHINES, check: hops },
  },
  {
    id: "ec2-no-public-ip",
    requirement: 25,
    group,
    title: "Instances have no public address",
    what: "No instance, launch configuration or network interface of a template has `associatePublicIpAddress` true.",
    why: "A worker calls; nobody needs to call it.",
    severity: "high",
    enforcement: "mandatory",
    references: ["EC2.9", "EC2.25"],
    mend: "set associatePublicIpAddress to false",
    validate: { on: "resource", types: MACHINES, check: publicAddress },
  },
  {
    id: "ec2-ebs-encrypted",
    requirement: 26,
    group,
    title: "Volumes are encrypted",
    what: "Each volume that a template, configuration or instance describes, and each `aws.ebs.Volume`, has `encrypted` true.",
    why: "Snapshots and discarded disks otherwise can be read.",
    severity: "high",
    enforcement: "mandatory",
    references: ["EC2.3", "EC2.181"],
    mend: "set encrypted to true",
    validate: { on: "resource", types: [...MACHINES, EBS_VOLUME], check: volumes },
  },
  {
    id: "ec2-no-secret-in-user-data",
    requirement: 27,
    group,
    title: "No secret stands in user data",
    what: "User data, decoded, assigns no literal to a variable that is named for a secret, and holds nothing with the form of a known one.",
    why: "Every process on the instance reads its user data, and so does everybody who may describe it.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["CKV_AWS_46"],
    mend: "read it from Secrets Manager at start",
    validate: { on: "resource", types: MACHINES, check: userData },
  },
  {
    id: "asg-several-zones",
    requirement: 28,
    group,
    title: "Groups span several zones",
    what: "A group has at least two different subnets or availability zones. Exempt a GPU group whose type is in one zone, with the reason.",
    why: "A zone fails as a whole, and GPUs run out by zone.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["AutoScaling.2"],
    mend: "give vpcZoneIdentifiers of two zones or more, or exempt the group with a reason",
    validate: { on: "resource", types: [GROUP], check: zones },
  },
  {
    id: "asg-several-instance-types",
    requirement: 29,
    group,
    title: "Groups take several instance types",
    what: "`mixedInstancesPolicy` has two instance types, or instance requirements.",
    why: "Capacity of one type runs out, GPUs first.",
    severity: "low",
    enforcement: "advisory",
    references: ["AutoScaling.6"],
    mend: "name a second type in mixedInstancesPolicy.launchTemplate.overrides",
    validate: { on: "resource", types: [GROUP], check: instanceTypes },
  },
  {
    id: "asg-capacity-rebalance",
    requirement: 30,
    group,
    title: "Spot groups rebalance before an interruption",
    what: "`capacityRebalance` is true where the group may take Spot instances. A group that is all on demand is let through.",
    why: "A replacement starts when an interruption is likely, not when it has come.",
    severity: "low",
    enforcement: "advisory",
    references: ["Loveless"],
    mend: "set capacityRebalance to true",
    validate: { on: "resource", types: [GROUP], check: rebalance },
  },
  {
    id: "asg-tags",
    requirement: 31,
    group,
    title: "Groups are tagged",
    what: "An Auto Scaling group has tags of its own; the provider's default tags do not reach it.",
    why: "Instances are the larger part of the bill, and bills are read by tag.",
    severity: "low",
    enforcement: "mandatory",
    references: ["CKV_AWS_153"],
    mend: "add tags, with propagateAtLaunch",
    validate: {
      on: "resource",
      types: [GROUP],
      check: ({ props }) => unless(list(props.tags).length > 0, "tags", props.tags),
    },
  },
];

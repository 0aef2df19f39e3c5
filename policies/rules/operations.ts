/** What is required so that a stack can be run: logs that are kept, alarms that ring, tags that tell whose it is. */
import { each } from "../known";
import type { Finding, Rule } from "../rule";
import { identitiesOf, ofType, type Stack, type Subject } from "../subject";
import { TAGGABLE } from "../taggable";
import * as types from "../types";
import { isPresent, list, object, shown, text, unless } from "../values";

const A_YEAR_DAYS = 365;

/** Log groups of AWS's delivery class keep what they hold for two days, whatever is set. */
function isDelivery({ props }: Subject): boolean {
  return props.logGroupClass === "DELIVERY";
}

function retention(leastDays: number): (subject: Subject) => readonly string[] {
  return (subject) => {
    const { retentionInDays: days } = subject.props;
    const never = !isPresent(days) || Number(days) === 0;
    // No retention time means for ever, which is no bound but long enough for a year.
    const holds = leastDays === 0 ? !never : never || Number(days) >= leastDays;
    return isDelivery(subject) ? [] : unless(holds, "retentionInDays", days);
  };
}

function rings({ props }: Subject): boolean {
  return list(props.alarmActions).length > 0;
}

/** By actions of its own, or those of a composite alarm whose rule names it. */
function alarmActions(stack: Stack): readonly Finding[] {
  const composites = ofType(stack, types.COMPOSITE_ALARM).filter(rings);
  return each(ofType(stack, types.ALARM, types.COMPOSITE_ALARM), (subject) => {
    const { actionsEnabled } = subject.props;
    if (actionsEnabled === false) return [{ subject, found: "actionsEnabled is false" }];
    if (rings(subject)) return [];
    const names = [subject.name, ...identitiesOf(subject)];
    const ringsElsewhere = composites.some(({ props, propertyDependencies }) => {
      const dependencies = propertyDependencies.alarmRule ?? [];
      return (
        dependencies.includes(subject.urn) ||
        names.some((name) => text(props.alarmRule).includes(`"${name}"`))
      );
    });
    return ringsElsewhere ? [] : [{ subject, found: `alarmActions is ${shown(subject.props.alarmActions)}` }];
  });
}

function tags({ type, props, defaultTags }: Subject): readonly string[] {
  const own = [props.tags, props.tagsAll, defaultTags].some((each) => Object.keys(object(each)).length > 0);
  // A group's tags are a list, and held by a rule of their own; so are an activity's.
  return own || type === types.GROUP || type === types.ACTIVITY ? [] : [`tags is ${shown(props.tags)}`];
}

const group = "Other" as const;

export const operationsRules: readonly Rule[] = [
  {
    id: "logs-retention",
    requirement: 59,
    group,
    title: "Logs are kept for a time that somebody chose",
    what: "`retentionInDays` of each log group is set, and not 0.",
    why: "Logs that are kept for ever are paid for ever.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["CKV_AWS_66"],
    mend: "set retentionInDays",
    validate: { on: "resource", types: [types.LOG_GROUP], check: retention(0) },
  },
  {
    id: "logs-retention-year",
    requirement: 59,
    group,
    title: "Logs are kept for a year",
    what: "`retentionInDays` of each log group is 365 or more.",
    why: "Incidents are often found months after they began.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_338", "CloudWatch.16"],
    mend: "set retentionInDays to 365, or exempt a stack that holds nothing real",
    validate: { on: "resource", types: [types.LOG_GROUP], check: retention(A_YEAR_DAYS) },
  },
  {
    id: "logs-customer-key",
    requirement: 59,
    group,
    title: "Logs are encrypted with a key of your own",
    what: "`kmsKeyId` of each log group is set.",
    why: "With a key of your own you decide, and see, who can read the logs.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_158"],
    mend: "set kmsKeyId to a key whose policy lets CloudWatch Logs use it",
    validate: {
      on: "resource",
      types: [types.LOG_GROUP],
      check: ({ props }) => unless(isPresent(props.kmsKeyId), "kmsKeyId", props.kmsKeyId),
    },
  },
  {
    id: "alarm-actions",
    requirement: 60,
    group,
    title: "Alarms ring somewhere",
    what: "Each alarm has `alarmActions`, or is named by a composite alarm that has; `actionsEnabled` is not false.",
    why: "An alarm without an action is a colour in a console that nobody has open.",
    severity: "high",
    enforcement: "mandatory",
    references: ["CloudWatch.15", "CloudWatch.17", "CKV_AWS_319"],
    mend: "set alarmActions to a topic that somebody reads",
    validate: { on: "stack", types: [types.ALARM, types.COMPOSITE_ALARM], check: alarmActions },
  },
  {
    id: "scheduler-customer-key",
    requirement: 64,
    group,
    title: "Schedules are encrypted with a key of your own",
    what: "`kmsKeyArn` of each schedule is set.",
    why: "A schedule's input may hold more than a time.",
    severity: "low",
    enforcement: "advisory",
    references: ["CKV_AWS_297"],
    mend: "set kmsKeyArn, or exempt a schedule whose input is empty",
    validate: {
      on: "resource",
      types: [types.SCHEDULE],
      check: ({ props }) => unless(isPresent(props.kmsKeyArn), "kmsKeyArn", props.kmsKeyArn),
    },
  },
  {
    id: "tags",
    requirement: 65,
    group,
    title: "Everything is tagged",
    what: "Each resource that takes tags has some: its own, or the provider's default ones. Auto Scaling groups and activities are held by rules of their own.",
    why: "Costs and owners are found by tags.",
    severity: "low",
    enforcement: "mandatory",
    references: ["Loveless"],
    mend: "add tags, or aws:defaultTags to the stack's settings",
    validate: { on: "resource", types: TAGGABLE, check: tags },
  },
];

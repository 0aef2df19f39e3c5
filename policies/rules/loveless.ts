/** What this project requires of its own pools: who counts them, what bounds them, what serves what. */
import { each, together } from "../known";
import { pools, servedActivities } from "../pools";
import { eachGrant } from "../iam/grants";
import type { Finding, Rule } from "../rule";
import { activityOf, eachState } from "../states-language";
import { identitiesOf, ofType, refersTo, type Stack, type StackSubject } from "../subject";
import * as types from "../types";
import { object, shown } from "../values";

const BUDGET = "aws:budgets/budget:Budget";

function ignores(subject: StackSubject, property: string): boolean {
  return subject.ignoreChanges.some((path) => path === property || path === "*");
}

function counts(stack: Stack): readonly Finding[] {
  const scaled = ofType(stack, types.SCALABLE_TARGET);
  const owned = ofType(stack, types.SERVICE).filter(
    (service) =>
      pools(stack).some((pool) => pool.service === service) ||
      scaled.some((target) => scales(target, service)),
  );
  const providers = ofType(stack, types.CAPACITY_PROVIDER).filter(
    ({ props }) => object(object(props.autoScalingGroupProvider).managedScaling).status === "ENABLED",
  );
  return together(
    () =>
      each(owned, (subject) =>
        ignores(subject, "desiredCount")
          ? []
          : [{ subject, found: "ignoreChanges does not name desiredCount, which its autoscaler owns" }],
      ),
    () =>
      each(ofType(stack, types.GROUP), (subject) => {
        const managed = providers.some((each) =>
          refersTo(
            each,
            "autoScalingGroupProvider",
            () => object(each.props.autoScalingGroupProvider).autoScalingGroupArn,
            subject,
          ),
        );
        return managed && isOurs(stack, subject) && !ignores(subject, "desiredCapacity")
          ? [
              {
                subject,
                found: "ignoreChanges does not name desiredCapacity, which its capacity provider owns",
              },
            ]
          : [];
      }),
  );
}

/** Within one of this project's components. A group of others that says no desiredCapacity needs to ignore none. */
function isOurs(stack: Stack, subject: StackSubject): boolean {
  const parent = stack.resources.find(({ urn }) => urn === subject.parent);
  return parent !== undefined && (parent.type.startsWith("loveless:") || isOurs(stack, parent));
}

function scales(target: StackSubject, service: StackSubject): boolean {
  if (target.props.serviceNamespace !== "ecs") return false;
  return (target.propertyDependencies.resourceId ?? []).includes(service.urn);
}

function maxima(stack: Stack): readonly Finding[] {
  const all = pools(stack);
  const hasBudget = ofType(stack, BUDGET).some(({ props }) => Number(props.limitAmount ?? 0) > 0);
  return each(all, ({ service, maxWorkers, usesGpu }) => {
    const unbounded =
      maxWorkers !== undefined && maxWorkers >= 1
        ? []
        : [{ subject: service, found: "no autoscaler's settings name a maxWorkers for it" }];
    const uncapped =
      usesGpu && !hasBudget
        ? [
            {
              subject: service,
              found: "it has GPUs, and the stack has no aws.budgets.Budget with a limitAmount",
            },
          ]
        : [];
    return [...unbounded, ...uncapped];
  });
}

function pairs(stack: Stack): readonly Finding[] {
  const all = pools(stack);
  // A stack without pools has its workers elsewhere.
  if (all.length === 0) return [];
  const served = servedActivities(stack);
  const activities = ofType(stack, types.ACTIVITY).flatMap(identitiesOf);
  return together(
    () =>
      each(ofType(stack, types.STATE_MACHINE), (subject) =>
        eachState(subject.props.definition, (state, name) => {
          const activity = activityOf(state);
          return activity === null || served.has(activity)
            ? []
            : [{ subject, found: `the state ${name} calls ${activity}, which no pool serves` }];
        }),
      ),
    () =>
      each(all, ({ service, activityArn }) =>
        activities.includes(activityArn)
          ? []
          : [
              {
                subject: service,
                found: `it serves ${shown(activityArn)}, which is no activity of the stack`,
              },
            ],
      ),
  );
}

function workerRights(stack: Stack): readonly Finding[] {
  return each(pools(stack), ({ task, activityArn }) => {
    const role = ofType(stack, types.ROLE).find((each) =>
      refersTo(task, "taskRoleArn", () => task.props.taskRoleArn, each),
    );
    if (role === undefined) return [];
    const own = ofType(stack, types.ROLE_POLICY).filter((each) =>
      refersTo(each, "role", () => each.props.role, role),
    );
    const attached = ofType(stack, types.ROLE_POLICY_ATTACHMENT)
      .filter((each) => refersTo(each, "role", () => each.props.role, role))
      .flatMap((attachment) =>
        ofType(stack, types.POLICY).filter((each) =>
          refersTo(attachment, "policyArn", () => attachment.props.policyArn, each),
        ),
      );
    return each([role, ...own, ...attached], (subject) =>
      eachGrant(subject, (statement, where) => {
        if (!statement.actions.some((action) => /^(states|\*)/i.test(action))) return [];
        const others = [...statement.resources, ...statement.notResources].filter(
          (resource) => resource !== activityArn,
        );
        return others.length === 0
          ? []
          : [
              {
                subject,
                found: `${where} reaches ${shown(others)}, and the worker's activity is ${activityArn}`,
              },
            ];
      }),
    );
  });
}

const group = "Loveless" as const;

export const lovelessRules: readonly Rule[] = [
  {
    id: "pool-desired-count-ignored",
    requirement: 66,
    group,
    title: "Counts belong to their autoscaler",
    what: "Each pool's service, and each service of an Application Auto Scaling target, ignores changes to `desiredCount`; each group of this project's capacity providers with managed scaling ignores `desiredCapacity`.",
    why: "A deployment otherwise sets the count back and ends workers that are at work.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D9"],
    mend: "add it to the resource's ignoreChanges",
    validate: { on: "stack", types: [types.SERVICE, types.GROUP], check: counts },
  },
  {
    id: "pool-maximum",
    requirement: 67,
    group,
    title: "Pools are bounded",
    what: "The autoscaler's settings name each pool's service with a `maxWorkers` of 1 or more, and a stack with a GPU pool has an `aws.budgets.Budget` with a limit.",
    why: "A loop in a workflow otherwise buys GPUs until somebody reads the bill.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D7"],
    mend: "set maxWorkers of its function, and a spend cap, in the stack's settings",
    validate: { on: "stack", types: [types.SERVICE], check: maxima },
  },
  {
    id: "pool-activity-pairs",
    requirement: 68,
    group,
    title: "Every activity has a pool, every pool an activity",
    what: "In a stack with pools, each activity that a state machine calls is served by a pool, and each pool serves an activity of the stack.",
    why: "A task for an activity without workers waits until the execution's time-out.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D1"],
    mend: "declare both by one StatelessFunction",
    validate: { on: "stack", types: [types.STATE_MACHINE, types.SERVICE], check: pairs },
  },
  {
    id: "pool-own-activity-only",
    requirement: 69,
    group,
    title: "Workers serve their own activity alone",
    what: "Where the role of a worker's task may do anything of Step Functions, it is on the ARN of the activity that the worker serves.",
    why: "A worker with a wider right can take, and answer, the tasks of others.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D8"],
    mend: "name the activity's ARN alone",
    validate: { on: "stack", types: [types.SERVICE], check: workerRights },
  },
];

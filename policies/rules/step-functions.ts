/** What is required of state machines and activities. */
import type { Rule } from "../rule";
import { secretVariable } from "../secrets";
import { activityOf, eachState, isTask, texts } from "../states-language";
import type { Subject } from "../subject";
import { ACTIVITY, STATE_MACHINE } from "../types";
import { document, isPresent, isTrue, object, unless } from "../values";

const group = "Step Functions" as const;
const CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY";

function tagged({ props }: Subject): boolean {
  return [props.tags, props.tagsAll].some((tags) => Object.keys(object(tags)).length > 0);
}

function timeout({ props }: Subject): readonly string[] {
  // AWS ends an Express execution after five minutes: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
  if (props.type === "EXPRESS") return [];
  const machine = document(props.definition);
  if (machine === undefined) return [];
  return unless(
    isPresent(machine.TimeoutSeconds),
    "TimeoutSeconds of the definition",
    machine.TimeoutSeconds,
  );
}

function taskTimeouts({ props }: Subject): readonly string[] {
  return eachState(props.definition, (state, name) =>
    !isTask(state) || isPresent(state.TimeoutSeconds) || isPresent(state.TimeoutSecondsPath)
      ? []
      : [`the state ${name} has no TimeoutSeconds`],
  );
}

function heartbeats({ props }: Subject): readonly string[] {
  return eachState(props.definition, (state, name) =>
    activityOf(state) === null || isPresent(state.HeartbeatSeconds) || isPresent(state.HeartbeatSecondsPath)
      ? []
      : [`the state ${name} has no HeartbeatSeconds`],
  );
}

function secrets({ props }: Subject): readonly string[] {
  return eachState(props.definition, (state, name) =>
    [state.Parameters, state.Arguments, state.Result, state.Assign].flatMap((value) =>
      texts(value).flatMap(([key, found]) => {
        // `KEY.$` and {% %} are read at run time.
        if (key.endsWith(".$") || found.startsWith("{%")) return [];
        const reason = secretVariable(key, found);
        return reason === null ? [] : [`the state ${name} has ${key}: ${reason}`];
      }),
    ),
  );
}

const on = (check: (subject: Subject) => readonly string[]): Rule["validate"] => ({
  on: "resource",
  types: [STATE_MACHINE],
  check,
});

export const stepFunctionsRules: readonly Rule[] = [
  {
    id: "sfn-logging-all",
    requirement: 54,
    group,
    title: "State machines log every event",
    what: "`loggingConfiguration.level` is `ALL`.",
    why: "The console forgets an execution after 90 days, and can't be searched.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["StepFunctions.1", "CKV_AWS_285", "AwsSolutions-SF1"],
    mend: 'set loggingConfiguration.level to "ALL", with a logDestination',
    validate: on(({ props }) => {
      const { level } = object(props.loggingConfiguration);
      return unless(level === "ALL", "loggingConfiguration.level", level);
    }),
  },
  {
    id: "sfn-tracing",
    requirement: 55,
    group,
    title: "State machines are traced",
    what: "`tracingConfiguration.enabled` is true.",
    why: "A slow execution is explained by its trace.",
    severity: "low",
    enforcement: "mandatory",
    references: ["CKV_AWS_284", "AwsSolutions-SF2"],
    mend: "set tracingConfiguration.enabled to true",
    validate: on(({ props }) => {
      const { enabled } = object(props.tracingConfiguration);
      return unless(isTrue(enabled), "tracingConfiguration.enabled", enabled);
    }),
  },
  {
    id: "sfn-activity-tags",
    requirement: 56,
    group,
    title: "Activities are tagged",
    what: "Each activity has tags, its own or the provider's default ones.",
    why: "An activity outlives the program that made it; its tags say whose it is.",
    severity: "low",
    enforcement: "mandatory",
    references: ["StepFunctions.2"],
    mend: "add tags, or aws:defaultTags to the stack's settings",
    validate: {
      on: "resource",
      types: [ACTIVITY],
      check: (subject) =>
        unless(tagged(subject) || Object.keys(subject.defaultTags).length > 0, "tags", subject.props.tags),
    },
  },
  {
    id: "sfn-customer-key",
    requirement: 57,
    group,
    title: "Executions are encrypted with a key of your own",
    what: "`encryptionConfiguration.type` of each state machine and activity is `CUSTOMER_MANAGED_KMS_KEY`.",
    why: "With a key of your own you decide, and see, who can read inputs and outputs.",
    severity: "low",
    enforcement: "advisory",
    references: ["Loveless"],
    mend: `set encryptionConfiguration to { type: "${CUSTOMER_KEY}", kmsKeyId: KEY }; an activity's can't be changed later`,
    validate: {
      on: "resource",
      types: [STATE_MACHINE, ACTIVITY],
      check: ({ props }) => {
        const { type } = object(props.encryptionConfiguration);
        return unless(type === CUSTOMER_KEY, "encryptionConfiguration.type", type);
      },
    },
  },
  {
    id: "sfn-timeout",
    requirement: 58,
    group,
    title: "Executions end",
    what: "The definition of a standard state machine has `TimeoutSeconds`.",
    why: "Nothing else bounds the wait for a worker: an execution may last a year.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D4"],
    mend: "add TimeoutSeconds at the top of the definition",
    validate: on(timeout),
  },
  {
    id: "sfn-task-timeout",
    requirement: 58,
    group,
    title: "Tasks end",
    what: "Each Task state, those within maps and branches included, has `TimeoutSeconds` or `TimeoutSecondsPath`.",
    why: "A task that nobody reports on keeps its execution waiting.",
    severity: "medium",
    enforcement: "mandatory",
    references: ["Loveless D4"],
    mend: "add TimeoutSeconds to the state",
    validate: on(taskTimeouts),
  },
  {
    id: "sfn-activity-heartbeat",
    requirement: 58,
    group,
    title: "Tasks of activities give signs of life",
    what: "Each Task state that calls an activity has `HeartbeatSeconds` or `HeartbeatSecondsPath`.",
    why: "A worker that is gone is known by its missing heartbeat, and only by that.",
    severity: "high",
    enforcement: "mandatory",
    references: ["Loveless D4"],
    mend: "add HeartbeatSeconds to the state",
    validate: on(heartbeats),
  },
  {
    id: "sfn-no-secret-in-definition",
    requirement: 58,
    group,
    title: "No secret stands in a definition",
    what: "No parameter, argument or result of a state is named for a secret and holds a literal, or has the form of a known one.",
    why: "Definitions are read by everybody who debugs, and kept with each version.",
    severity: "critical",
    enforcement: "mandatory",
    references: ["Loveless"],
    mend: "let the function read it from Secrets Manager",
    validate: on(secrets),
  },
];

/** What a definition must hold before it is deployed: the language's own schema, and what pools need of a Task state. Pure. */

/** A state, as far as the checks look into it. */
interface State {
  readonly Type?: string;
  readonly Resource?: unknown;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number;
  readonly HeartbeatSecondsPath?: string;
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
  readonly Iterator?: Machine;
}

interface Machine {
  readonly States?: Readonly<Record<string, State>>;
}

/** What an activity's ARN stands for. */
export interface KnownActivity {
  readonly functionName: string;
  /** Whether anybody serves it. */
  readonly hasPool: boolean;
}

/**
 * One sentence for each mistake; none when the definition is right. `definition` holds plain JSON: where ARNs are still to
 * be known, placeholders, and `activities` tells which of them are activities.
 */
export function definitionMistakes(
  definition: object,
  activities: ReadonlyMap<string, KnownActivity>,
): readonly string[] {
  const mistakes = [...statesOf(definition as Machine)].flatMap(([name, state]) =>
    taskMistakes(state, activities).map((mistake) => `${name}: ${mistake}`),
  );
  const bounded = typeof (definition as State).TimeoutSeconds === "number";
  return [
    ...(bounded
      ? []
      : [
          "TimeoutSeconds: got nothing; give the state machine one, since nothing else bounds the wait for a worker",
        ]),
    ...mistakes,
    ...schemaMistakes(definition),
  ];
}

/** Every state with its name, those of branches and Maps as well. */
function* statesOf(machine: Machine): Generator<readonly [string, State]> {
  for (const [name, state] of Object.entries(machine.States ?? {})) {
    yield [name, state];
    const inner = [...(state.Branches ?? []), state.ItemProcessor ?? {}, state.Iterator ?? {}];
    for (const each of inner) yield* statesOf(each);
  }
}

function taskMistakes(state: State, activities: ReadonlyMap<string, KnownActivity>): readonly string[] {
  if (state.Type !== "Task") return [];
  const { TimeoutSeconds, HeartbeatSeconds } = state;
  const mistakes: string[] = [];
  if (TimeoutSeconds === undefined && state.TimeoutSecondsPath === undefined)
    mistakes.push("TimeoutSeconds: got nothing; every Task needs one");
  const activity = activities.get(String(state.Resource));
  if (activity === undefined) return mistakes;
  if (!activity.hasPool) {
    mistakes.push(
      `Resource: got the activity of ${activity.functionName}, which has no pool; name its placement, or call it by taskState()`,
    );
  }
  if (HeartbeatSeconds === undefined && state.HeartbeatSecondsPath === undefined)
    mistakes.push("HeartbeatSeconds: got nothing; a lost worker is known by its missing heartbeat");
  if (HeartbeatSeconds !== undefined && TimeoutSeconds !== undefined && HeartbeatSeconds >= TimeoutSeconds) {
    mistakes.push(
      `HeartbeatSeconds: got ${String(HeartbeatSeconds)}, allowed is less than TimeoutSeconds, which is ${String(TimeoutSeconds)}`,
    );
  }
  return mistakes;
}

interface Validation {
  readonly errors: readonly { readonly "Error code": string; readonly Message: string }[];
}

function schemaMistakes(definition: object): readonly string[] {
  // Loaded here: its schemas take a tenth of a second, which a program without a state machine need not pay.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const validate = require("asl-validator") as (definition: object, options: object) => Validation;
  // It writes into what it is given.
  const { errors } = validate(structuredClone(definition), { checkPaths: true, checkArn: false });
  return errors.map((error) => `${error["Error code"]}: ${error.Message}`);
}

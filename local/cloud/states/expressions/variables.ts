/** Workflow variables: what Assign stores, who can read it, and how much may be stored. */
import type { Json } from "../../../graph";
import type { JsonObject } from "../definition/asl";
import { StateError } from "../state-error";

/**
 * The variables that one graph of states sees: its own, and those of the graphs around it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export interface Variables {
  /** Undefined when there is no such variable. */
  read(name: string): Json | undefined;
  /** Every variable that can be read. */
  visible(): JsonObject;
  /** All at once. Throws StateError when they are too large, and then stores none. */
  assign(values: JsonObject): void;
  /** For a branch of a Parallel or an iteration of a Map: it reads these, and stores its own apart. */
  inner(): Variables;
}

/** Bytes of UTF-8 of one variable's JSON, and of all in one Assign. */
const ASSIGN_LIMIT_BYTES = 262_144;
/** Bytes of UTF-8 of all variables of an execution. */
const EXECUTION_LIMIT_BYTES = 10_485_760;

/** What the variables of an execution take up together. */
interface Tally {
  bytes: number;
}

const NONE: JsonObject = Object.freeze({});

export function createVariables(): Variables {
  return scope(null, { bytes: 0 });
}

function scope(outer: Variables | null, tally: Tally): Variables {
  let own: JsonObject | null = null;
  const sizes = new Map<string, number>();
  return {
    read: (name) => (own !== null && Object.hasOwn(own, name) ? own[name] : outer?.read(name)),
    visible: () => (outer === null ? (own ?? NONE) : { ...outer.visible(), ...own }),
    assign(values) {
      const entries = Object.entries(values).map(
        ([name, value]) => [name, Buffer.byteLength(JSON.stringify(value))] as const,
      );
      const together = entries.reduce((sum, [, bytes]) => sum + bytes, 0);
      const grown = entries.reduce((sum, [name, bytes]) => sum + bytes - (sizes.get(name) ?? 0), tally.bytes);
      if (together > ASSIGN_LIMIT_BYTES)
        throw tooLarge("The variables of one Assign", together, ASSIGN_LIMIT_BYTES);
      if (grown > EXECUTION_LIMIT_BYTES)
        throw tooLarge("The variables of the execution", grown, EXECUTION_LIMIT_BYTES);
      tally.bytes = grown;
      for (const [name, bytes] of entries) sizes.set(name, bytes);
      own = { ...own, ...values };
    },
    inner() {
      return scope(this, tally);
    },
  };
}

/** The name of the error is our assumption: the documentation gives the limits, and no name. */
function tooLarge(what: string, bytes: number, limit: number): StateError {
  return new StateError({
    error: "States.DataLimitExceeded",
    cause: `${what} have ${String(bytes)} bytes, which exceeds the maximum of ${String(limit)} bytes.`,
  });
}

/** Calls resources by their names in the program, where AWS would show an ARN or an id. */
import type { Graph } from "../graph";

/** `aws:sfn/activity:Activity` as `Activity`. */
function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

export interface Names {
  /** The text with each ARN of the graph as `Kind name`. */
  shorten(text: string): string;
}

export function namesOf(graph: Graph): Names {
  const known = graph.resources
    .flatMap(({ outputs, type, name }) =>
      typeof outputs.arn === "string" && outputs.arn.startsWith("arn:")
        ? [{ arn: outputs.arn, label: `${kindOf(type)} ${name}` }]
        : [],
    )
    // A version's ARN begins with its function's.
    .sort((one, other) => other.arn.length - one.arn.length);
  return {
    shorten: (text) => known.reduce((shortened, { arn, label }) => shortened.replaceAll(arn, label), text),
  };
}

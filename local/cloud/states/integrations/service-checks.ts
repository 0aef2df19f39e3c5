/** What is wrong with a Task that calls a service, at creation. */
import type { JsonObject } from "../definition/asl";
import type { Complain } from "../definition/expression-checks";
import { isObject } from "../expressions/json-path";
import { factsOf, type ServiceResource } from "./service-resource";

/** Both query languages: JSONPath has Parameters (`Name.$`), JSONata Arguments, which may be one expression. */
export function checkServiceTask(
  { api }: ServiceResource,
  state: JsonObject,
  at: string,
  complain: Complain,
): void {
  const field = "Arguments" in state ? "Arguments" : "Parameters";
  const given = state[field];
  const { required } = factsOf(api);
  // One JSONata expression: only the execution can tell what it gives.
  if (given !== undefined && !isObject(given)) return;
  for (const name of required) {
    if (given === undefined || (!(name in given) && !(`${name}.$` in given)))
      complain(`The field '${name}' is required but was missing`, `${at}/${field}`);
  }
}

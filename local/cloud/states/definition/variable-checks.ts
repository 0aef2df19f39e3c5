/** Checks of Assign: what variables may be called, and who may assign them. */
import type { Json } from "../../../graph";
import type { JsonObject, QueryLanguage } from "./asl";
import { templateMistakes, type Complain } from "./expression-checks";
import { isObject } from "../expressions/json-path";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variable-naming */
const NAME = /^[\p{ID_Start}][\p{ID_Continue}]*$/u;
const NAME_LIMIT = 80;

interface VariableSetting {
  readonly outer: ReadonlySet<string>;
  readonly complain: Complain;
}

/** The Assign of a state, a catcher or a choice rule. */
export function checkAssign(
  holder: JsonObject,
  language: QueryLanguage,
  at: string,
  { outer, complain }: VariableSetting,
): void {
  const assign = holder["Assign"];
  if (assign === undefined) return;
  const where = `${at}/Assign`;
  if (!isObject(assign)) {
    complain("Assign must be an object", where);
    return;
  }
  for (const name of namesIn(assign, language)) {
    if (!NAME.test(name) || [...name].length > NAME_LIMIT)
      complain(
        `A variable's name is an identifier of ${String(NAME_LIMIT)} characters at most, got '${name}'`,
        where,
      );
    if (name === "states") complain("The variable 'states' is Step Functions' own", where);
    if (outer.has(name))
      complain(`The variable '${name}' is assigned outside; here it can be read, not assigned`, where);
  }
  if (language === "JSONPath") templateMistakes(assign, where, complain);
}

function namesIn(assign: JsonObject, language: QueryLanguage): readonly string[] {
  return Object.keys(assign).map((key) =>
    language === "JSONPath" && key.endsWith(".$") ? key.slice(0, -2) : key,
  );
}

/** The variables that states of one graph assign, without the graphs within them. */
export function assignedIn(states: readonly Json[]): readonly string[] {
  return states.flatMap((state) => {
    if (!isObject(state)) return [];
    const rules = [state["Choices"], state["Catch"]].flatMap((list) => (Array.isArray(list) ? list : []));
    return [state, ...rules].flatMap((holder: Json) => {
      const assign = isObject(holder) ? holder["Assign"] : undefined;
      return isObject(assign) ? Object.keys(assign).map((key) => key.replace(/\.\$$/, "")) : [];
    });
  });
}

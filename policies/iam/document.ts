/** Policy documents as the rules read them: whoever wrote them, as JSON text or as an object, one value or a list. */
import { each, type Properties, type Value } from "../known";
import { document, list, object, text } from "../values";

export interface Condition {
  readonly operator: string;
  /** In lower case: IAM's condition keys know no case. */
  readonly key: string;
  readonly values: readonly string[];
}

export interface Principal {
  /** `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` for everybody. */
  readonly kind: string;
  readonly value: string;
}

/** Its properties are read when asked for: an unknown one hides nothing of the others. */
export interface Statement {
  /** "statement 2 (Sid)" */
  readonly label: string;
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly principals: readonly Principal[];
  readonly hasNotPrincipal: boolean;
  readonly conditions: readonly Condition[];
}

/** Applies `check` to each statement of a document; text that is no document has none. */
export function eachStatement<Found>(
  value: Value,
  check: (statement: Statement) => readonly Found[],
): readonly Found[] {
  return each(list(document(value)?.Statement), (statement, index) =>
    check(statementOf(object(statement), index)),
  );
}

/** The same for statements that allow something. */
export function eachAllow<Found>(
  value: Value,
  check: (statement: Statement) => readonly Found[],
): readonly Found[] {
  return eachStatement(value, (statement) => (statement.allows ? check(statement) : []));
}

function statementOf(raw: Properties, index: number): Statement {
  return {
    get label() {
      const sid = text(raw.Sid);
      return sid === "" ? `statement ${String(index + 1)}` : `statement ${sid}`;
    },
    get allows() {
      return text(raw.Effect).toLowerCase() === "allow";
    },
    get actions() {
      return texts(raw.Action);
    },
    get notActions() {
      return texts(raw.NotAction);
    },
    get resources() {
      return texts(raw.Resource);
    },
    get notResources() {
      return texts(raw.NotResource);
    },
    get principals() {
      return principalsOf(raw.Principal);
    },
    get hasNotPrincipal() {
      return raw.NotPrincipal !== undefined;
    },
    get conditions() {
      return conditionsOf(object(raw.Condition));
    },
  };
}

function texts(value: Value): readonly string[] {
  return list(value).map(text);
}

function principalsOf(value: Value): readonly Principal[] {
  if (typeof value === "string") return [{ kind: value === "*" ? "*" : "AWS", value }];
  const kinds = object(value);
  return Object.keys(kinds).flatMap((kind) =>
    texts(kinds[kind]).map((each) => ({ kind: each === "*" ? "*" : kind, value: each })),
  );
}

function conditionsOf(operators: Properties): readonly Condition[] {
  return Object.keys(operators).flatMap((operator) => {
    const keys = object(operators[operator]);
    return Object.keys(keys).map((key) => ({
      operator,
      key: key.toLowerCase(),
      values: list(keys[key]).map((value) => (typeof value === "boolean" ? String(value) : text(value))),
    }));
  });
}

/** Operators that hold back nothing, or hold back by what something is not. */
const NEGATED = /^(for(any|all)values:)?(string|arn|numeric|date)?not|^null$|ifexists$/i;

/** Conditions that name one of `keys` and hold where the key is absent in no case; a value of only wildcards is none. */
export function narrowedBy(statement: Statement, keys: RegExp): boolean {
  return statement.conditions.some(
    ({ operator, key, values }) =>
      keys.test(key) &&
      !NEGATED.test(operator) &&
      values.length > 0 &&
      values.every((value) => !/^[*?]*$/.test(value)),
  );
}

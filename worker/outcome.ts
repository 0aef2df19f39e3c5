/** How a task ends: the values that Step Functions hears, by the names that Lambda gives them (D4). */

/** `output` is JSON text, as the function wrote it. `error` is at most 256 bytes of UTF-8, `cause` at most 32,768. */
export type Outcome =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failure"; readonly error: string; readonly cause: string };

/** How a task ends, as its execution hears it, whoever did the work. */

/** `output` is JSON text; a worker may leave error and cause out. */
export type TaskEnd =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failure"; readonly error: string | undefined; readonly cause: string | undefined }
  | { readonly kind: "timed-out"; readonly heartbeat: boolean };

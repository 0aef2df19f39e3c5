/** What is said of an error to the runtime API, in the shape of Lambda's own Node client. */

/** `{ errorType, errorMessage, trace }`; a thrown string or object is named by its JavaScript type. */
export function errorBody(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const errorType = error.name || "Error";
  // The stack's own first line keeps the name that the error had when it was made.
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return { errorType, errorMessage: error.message, trace: [`${errorType}: ${error.message}`, ...frames] };
}

// A runtime client that takes one invocation, reports an error and ends, as Lambda's client for Go does on a panic.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const next = await fetch(`${api}/next`);
const id = next.headers.get("lambda-runtime-aws-request-id");
await fetch(`${api}/${id}/error`, {
  method: "POST",
  body: JSON.stringify({ errorType: "Panic", errorMessage: "no" }),
});
process.exit(1);

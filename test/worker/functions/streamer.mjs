// A runtime client that streams its response: 6 MiB, in as many chunks as its event says, 50 ms apart.
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const api = "/2018-06-01/runtime/invocation";

for (;;) {
  const next = await fetch(`http://${host}:${port}${api}/next`);
  const { chunks } = await next.json();
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const outgoing = request({ host, port, method: "POST", path: `${api}/${id}/response` });
  const answered = new Promise((resolve) =>
    outgoing.on("response", (response) => resolve(response.resume())),
  );
  outgoing.setHeader("Lambda-Runtime-Function-Response-Mode", "streaming");
  const text = JSON.stringify("x".repeat(6 * 1024 * 1024 - 2));
  const size = Math.ceil(text.length / chunks);
  for (let from = 0; from < text.length; from += size) {
    outgoing.write(text.slice(from, from + size));
    await pause(50);
  }
  outgoing.end();
  await answered;
}

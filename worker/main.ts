/** Entry point of the worker: `worker.js` serves its activity, `worker.js health` asks a worker that does how it is. */

const [, , command] = process.argv;
if (command === undefined) {
  void import("./serve.ts").then(({ serve }) => {
    serve(process.env);
  });
} else if (command === "health") {
  void import("./health.ts")
    .then(({ askHealth }) => askHealth(process.env["LOVELESS_HEALTH_PORT"]))
    .then((code) => process.exit(code));
} else {
  process.stderr.write(`The worker takes no argument or "health", got ${JSON.stringify(command)}.\n`);
  process.exitCode = 2;
}

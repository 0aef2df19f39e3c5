/**
 * Step Functions' activities, as bare as can be: every poll gets a task at once, every outcome is accepted. Tells its
 * parent its port, then how many outcomes came. `start`: how many tasks there are; `waitMs`: how long each runs, 0 to
 * that; null: the canned event.
 */
import { createServer } from "node:http";

const { EVENT } = process.env;
let outcomes = 0;
let left = 0;
let waitMs = null;
let given = 0;
let waiting = [];

function give(response) {
  left -= 1;
  given += 1;
  const input = waitMs === null ? EVENT : JSON.stringify({ waitMs: given % (waitMs + 1) });
  answer(response, { taskToken: `token-${given}`, input });
}

function answer(response, body) {
  const text = JSON.stringify(body);
  response.writeHead(200, { "Content-Type": "application/x-amz-json-1.0", "Content-Length": text.length });
  response.end(text);
}

const server = createServer((request, response) => {
  request.on("data", () => {});
  request.on("end", () => {
    if (request.headers["x-amz-target"] === "AWSStepFunctions.GetActivityTask") {
      if (left > 0) give(response);
      else waiting.push(response);
      return;
    }
    if (request.headers["x-amz-target"] !== "AWSStepFunctions.SendTaskHeartbeat") outcomes += 1;
    answer(response, {});
  });
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", (message) => {
  if (message.tasks !== undefined) {
    left = message.tasks;
    waitMs = message.waitMs;
    outcomes = 0;
    while (left > 0 && waiting.length > 0) give(waiting.shift());
  }
  // Open polls end as they do after 60 s: with nothing.
  if (message.answerPolls) for (const response of waiting.splice(0)) answer(response, {});
  process.send({ tasks: outcomes });
});
process.on("disconnect", () => process.exit());

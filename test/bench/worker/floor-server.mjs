/**
 * The floor: a bare node:http server that any Lambda client can work against, with one canned event. Tells its parent
 * its port, then how many tasks it has served.
 */
import { createServer } from "node:http";

const { EVENT } = process.env;
let tasks = 0;
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": EVENT.length,
      "Lambda-Runtime-Aws-Request-Id": "canned",
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + 60_000),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:echo",
    });
    response.end(EVENT);
    return;
  }
  request.on("data", () => {});
  request.on("end", () => {
    tasks += 1;
    response.writeHead(202, { "Content-Length": 0 });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", () => process.send({ tasks }));
process.on("disconnect", () => process.exit());

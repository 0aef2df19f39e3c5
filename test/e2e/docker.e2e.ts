/** `npm start -- --docker` against a stand-in for docker: there is no engine where these tests run. */
import { join, resolve } from "node:path";
import type { RunReport } from "../../local/start/report";
import { until } from "../local/cloud/loopback";
import { interrupt, lastLine, npmRunIn } from "./command";
import { createStandIn, type DockerCall, type StandIn } from "./stand-in/stand-in";

const root = resolve(__dirname, "../..");
const LEFT_MS = 30_000;

let standIn: StandIn;
afterEach(() => {
  standIn.remove();
});

/** With what differs from run to run replaced. */
function plain({ args }: DockerCall): string {
  return args
    .join(" ")
    .replaceAll(root, "ROOT")
    .replace(/(loveless\.run)=[0-9a-f-]{36}/g, "$1=RUN")
    .replace(/(loveless\.environment)=[0-9a-f]{32}/g, "$1=ENVIRONMENT")
    .replace(/loveless-[0-9a-f]{12}-/g, "loveless-ID-")
    .replace(/(loveless-local\/[a-z-]+):[0-9a-f]{12}/g, "$1:TAG")
    .replace(/ --env \w+/g, "");
}

const MOUNTS = (readOnly: string): string =>
  `--mount type=volume,source=loveless-ID-worker,destination=/opt/loveless,${readOnly}volume-label=loveless.run=RUN ` +
  "--mount type=volume,source=loveless-ID-tmp,destination=/tmp,volume-label=loveless.run=RUN";
const COMMON = "--network host --platform linux/amd64 --user 1000:1000 --read-only";

test("builds the images, runs workers by their task definition and functions as Lambda does, and leaves nothing", async () => {
  standIn = await createStandIn();
  const command = npmRunIn(
    standIn.environment,
    "start",
    "--docker",
    "--once",
    "--json",
    "--stack",
    "staging",
  );
  const ended = await command.ended;
  expect(lastLine(ended)).toMatchObject({ objects: 584, leftoverProcesses: 0 });
  expect(ended.exitCode).toBe(0);
  expect(standIn.calls()[0]).toEqual({ command: "version", args: ["--format", "{{.Server.Version}}"] });
  expect(standIn.calls("build").map(plain).sort()).toEqual(
    ["examples/detect", "examples/merge", "examples/split", ""]
      .map((folder) => {
        const name = folder === "" ? "worker" : folder.slice("examples/".length);
        const context = join("ROOT", folder);
        const file = folder === "" ? "ROOT/worker/Dockerfile" : `${context}/Dockerfile`;
        return `--file ${file} --tag loveless-local/${name}-image:TAG --label loveless.local-cloud=image --platform linux/amd64 ${context}`;
      })
      .sort(),
  );
  const runs = new Set(standIn.calls("run").map(plain));
  expect(runs).toEqual(
    new Set([
      `--rm --label loveless.run=RUN --label loveless.environment=ENVIRONMENT ${COMMON} ` +
        "--tmpfs /tmp:rw,exec,mode=1777,size=512m --memory 2048m " +
        "--entrypoint /lambda-entrypoint.sh loveless-local/split-image:TAG index.handler",
      `--rm --name loveless-ID-worker-files --label loveless.run=RUN ${COMMON} --memory 2048m --cpu-shares 1024 ` +
        `${MOUNTS("")} loveless-local/worker-image:TAG`,
      ...["detect", "merge"].map(
        (name) =>
          `--rm --name loveless-ID-function --label loveless.run=RUN ${COMMON} --stop-timeout 120 ` +
          `--memory 2048m --cpu-shares 1024 ${MOUNTS("readonly,")} --entrypoint /opt/loveless/init ` +
          `loveless-local/${name}-image:TAG -- /opt/loveless/loader --library-path /opt/loveless/lib ` +
          "/opt/loveless/node /opt/loveless/worker.js",
      ),
    ]),
  );
  const worker = standIn.calls("run").find(({ args }) => args.includes("/opt/loveless/worker.js"));
  expect(worker?.environment).toMatchObject({
    AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    ECS_AGENT_URI: expect.stringContaining("/api/") as string,
    LOVELESS_ENTRY_POINT: '["/lambda-entrypoint.sh"]',
    LOVELESS_ACTIVITY_ARN: expect.stringContaining(":activity:loveless-staging-") as string,
  });
  // All share the loopback of this machine: one port for the health of each can't be.
  expect(worker?.environment).not.toHaveProperty("LOVELESS_HEALTH_PORT");
  // By name alone: the command line of a process is for all to read.
  expect(worker?.args.join(" ")).not.toContain(worker?.environment?.["AWS_SECRET_ACCESS_KEY"]);
  expect(standIn.kept()).toEqual([]);
});

test("stops its containers by Ctrl-C, within their time, and removes them and their volumes", async () => {
  standIn = await createStandIn();
  const command = npmRunIn(standIn.environment, "start", "--docker", "--stack", "staging");
  await command.says(/a worker of detect started/);
  await until(
    "a worker runs",
    () => standIn.calls("run").some(({ args }) => args.includes("/opt/loveless/worker.js")),
    LEFT_MS,
  );
  interrupt(command);
  const ended = await command.ended;
  expect(ended.exitCode).toBe(130);
  const names = standIn.calls("stop").map(({ args }) => args.slice(0, 2).join(" "));
  expect(new Set(names)).toEqual(new Set(["-t 5"]));
  expect(standIn.calls("ps").at(-1)?.args.join(" ")).toMatch(/^--all --quiet --filter label=loveless\.run=/);
  expect(standIn.kept()).toEqual([]);
});

test("leaves no container behind when it is killed outright", async () => {
  standIn = await createStandIn();
  const command = npmRunIn(standIn.environment, "start", "--docker", "--stack", "staging");
  await command.says(/a worker of detect started/);
  await until(
    "a container runs",
    () => standIn.kept().some((name) => name.startsWith("containers/")),
    LEFT_MS,
  );
  if (command.child.pid !== undefined) process.kill(-command.child.pid, "SIGKILL");
  await command.ended;
  await until("nothing is left", () => standIn.kept().length === 0, LEFT_MS);
});

test("ends with a build's last words where an image does not build", async () => {
  standIn = await createStandIn({ DOCKER_STAND_IN_BROKEN: "merge" });
  const ended = await npmRunIn(
    standIn.environment,
    "start",
    "--docker",
    "--once",
    "--json",
    "--stack",
    "prod",
  ).ended;
  const { error } = lastLine(ended) as RunReport;
  expect(error?.name).toBe("ImageBuildFailed");
  expect(error?.cause).toMatch(
    /^docker build of merge-image \(examples\/merge\) ended with exit code 1: .*RUN npm ci \| ERROR: .* All that it said is in \S+docker-build-merge-image\.log; mend the Dockerfile/,
  );
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toMatch(
    /workers that ask for a GPU run without one: this Docker has no nvidia runtime/,
  );
  expect(standIn.calls("run")).toEqual([]);
});

test("says in one line that no engine answers, before it does anything", async () => {
  standIn = await createStandIn({ DOCKER_STAND_IN_DOWN: "yes" });
  const ended = await npmRunIn(standIn.environment, "start", "--docker").ended;
  expect(ended.stdout.trimEnd().split("\n")).toEqual([
    expect.stringMatching(
      /NoDocker: --docker needs a running engine, and none answered docker version: Cannot connect to the Docker daemon .* Start it, or leave --docker out/,
    ),
  ]);
  expect(ended.exitCode).toBe(2);
  expect(standIn.calls().map(({ command }) => command)).toEqual(["version"]);
});

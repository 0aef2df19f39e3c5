import { checkEngine, createDocker } from "../../../local/docker/engine";
import { functionArguments } from "../../../local/docker/function";
import { readTask, runArguments, type Surroundings } from "../../../local/docker/task";

const surroundings: Surroundings = {
  run: "RUN",
  workerId: "0123456789abcdef",
  images: new Map([["repository@sha256:1", { tag: "local/function:1", platform: "linux/arm64" }]]),
  gpus: true,
  environment: { AWS_REGION: "eu-west-1" },
};

function task(more: object, others: readonly object[] = []) {
  const worker = { name: "function", image: "repository@sha256:1", ...more };
  return readTask({
    containerDefinitions: JSON.stringify([worker, ...others]),
    cpu: "512",
    memory: "1024",
  });
}

function argumentsOf(more: object): string {
  const read = task(more);
  return runArguments(read.worker, read, surroundings).join(" ");
}

const START =
  "run --rm --name loveless-0123456789ab-function --label loveless.run=RUN --network host --platform linux/arm64";

test("a container without anything particular has its bounds, its variables and its image", () => {
  expect(argumentsOf({})).toBe(`${START} --memory 1024m --cpu-shares 512 --env AWS_REGION local/function:1`);
});

test("what a container definition says of Linux is said to docker", () => {
  const linuxParameters = {
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: "/scratch", size: 32, mountOptions: ["noexec"] }],
    capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
  };
  const ulimits = [{ name: "nofile", softLimit: 1024, hardLimit: 2048 }];
  expect(
    argumentsOf({ linuxParameters, ulimits, workingDirectory: "/srv", user: "7:8", stopTimeout: 9 }),
  ).toBe(
    `${START} --user 7:8 --init --stop-timeout 9 --workdir /srv --memory 1024m --cpu-shares 512 --shm-size 64m ` +
      "--tmpfs /scratch:size=32m,noexec --cap-drop ALL --cap-add NET_BIND_SERVICE --ulimit nofile=1024:2048 " +
      "--env AWS_REGION local/function:1",
  );
});

test("a container that asks for a GPU gets all that the engine has, and none where it has none", () => {
  const resourceRequirements = [{ type: "GPU", value: "1" }];
  expect(argumentsOf({ resourceRequirements })).toContain(" --gpus all ");
  const read = task({ resourceRequirements });
  expect(runArguments(read.worker, read, { ...surroundings, gpus: false })).not.toContain("--gpus");
});

test("a variable that docker itself goes by is said outright, and every other one by its name", () => {
  const environment = [
    { name: "PATH", value: "/opt/bin" },
    { name: "SECRET", value: "hidden" },
    { name: "LOVELESS_HEALTH_PORT", value: "8181" },
  ];
  const words = argumentsOf({ environment });
  expect(words).toContain("--env PATH=/opt/bin --env SECRET --env AWS_REGION");
  expect(words).not.toMatch(/hidden|HEALTH/);
});

test("a container that must end well comes first, and one that would run beside is known", () => {
  const dependsOn = [{ containerName: "files", condition: "SUCCESS" }];
  const others = [
    { name: "files", image: "files", essential: false },
    { name: "agent", image: "agent", essential: false },
  ];
  const read = task({ dependsOn }, others);
  expect(read.first.map(({ name }) => name)).toEqual(["files"]);
  expect(read.beside).toEqual(["agent"]);
});

test("a function's image settings override the image's own", () => {
  const words = functionArguments({
    run: "RUN",
    definition: { name: "greet", memoryMib: 256 } as Parameters<typeof functionArguments>[0]["definition"],
    outputs: {
      imageConfig: { entryPoints: ["/entry", "-v"], commands: ["index.handler"], workingDirectory: "/srv" },
      ephemeralStorage: { size: 1024 },
    },
    image: { tag: "local/greet:1", platform: null },
    environmentId: "E",
    variables: {},
  }).join(" ");
  expect(words).toMatch(
    /^run --rm --label loveless\.run=RUN --label loveless\.environment=E --network host --user 1000:1000 --read-only --tmpfs \/tmp:rw,exec,mode=1777,size=1024m --memory 256m --workdir \/srv /,
  );
  expect(words).toMatch(
    /--env AWS_LAMBDA_RUNTIME_API .*--entrypoint \/entry local\/greet:1 -v index\.handler$/,
  );
});

test("where there is no docker at all, one line says so and what to do", async () => {
  await expect(checkEngine(createDocker({ PATH: "/nonexistent" }))).rejects.toMatchObject({
    name: "NoDocker",
    message:
      "--docker needs Docker, and there is no docker in the PATH; install it, or leave --docker out: workers and functions then run as processes of this machine.",
  });
});

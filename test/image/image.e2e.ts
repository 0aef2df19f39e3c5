import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPrograms, lacks, openBuildah, type Buildah } from "./buildah";
import { ACTIVITY_ARN, FUNCTION_ROLE_ARN, REGION, startCloud, type Cloud } from "./cloud";
import { lacksNamespaces } from "./container";
import type { WorkerSettings } from "../../worker/settings";
import type { LogLine } from "../worker/worker-process";
import { imageConfig, startEcsTask, type EcsTask, type EcsTaskOptions } from "./ecs-task";
import { buildWorker, makeBase, makeDebianImage, makeEmptyImage, makeMuslImage, type Base } from "./images";

/** Two Debians are fetched and unpacked, one of them with npm's packages; most of it is the network and the disk. */
const BUILD_MS = 420_000;
const USER = 1000;

/** What a function finds in its container, and what it can do there. */
const FINDINGS = {
  event: { tile: 7 },
  user: USER,
  libraryPath: "",
  pipes: true,
  writesRoot: false,
  writesOpen: true,
  writesWorker: false,
  writesTmp: true,
  writable: expect.any(String) as string,
  removesMarker: false,
  readsLoader: false,
  readsWorkersEnvironment: false,
  readsInitsEnvironment: false,
  nodeStartsAlone: false,
  credentials: null,
};
/** Of a function whose container is as ECS makes it. */
const SEALED = { ...FINDINGS, writesOpen: false, credentials: expect.any(Object) as object };

interface Found {
  readonly writable: string;
  readonly credentials: { readonly AccessKeyId: string };
}

const without = lacks();
const withoutNamespaces = without ?? lacksNamespaces();
const title = `the worker's image${without === undefined ? "" : ` (skipped: ${without})`}`;
(without === undefined ? describe : describe.skip)(title, () => {
  let directory: string;
  let buildah: Buildah;
  let base: Base;
  let image: string;
  let cloud: Cloud;
  let task: EcsTask | undefined;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "loveless-image-"));
    buildah = openBuildah(directory);
    cloud = await startCloud();
    await installPrograms();
    base = await makeBase(buildah, directory);
    image = await buildWorker(buildah, base.reference);
  }, BUILD_MS);
  afterEach(async () => {
    // Twice is a kill; a test that went well has ended it already.
    task?.signal("SIGTERM");
    await Promise.race([task?.worker.exited, task?.worker.line("WorkerStateChanged", isDraining)]);
    task?.signal("SIGTERM");
    await task?.worker.exited;
    task = undefined;
  });
  afterAll(async () => {
    await cloud.close();
    await buildah.run("rm", "--all");
    rmSync(directory, { recursive: true, force: true });
  }, BUILD_MS);

  const made = new Map<string, Promise<string>>();
  const makers = {
    empty: () => makeEmptyImage(buildah, directory),
    debian: () => makeDebianImage(buildah, base),
    musl: () => makeMuslImage(buildah, directory),
  };
  type Name = keyof typeof makers;
  const images: readonly (readonly [string, Name])[] = [
    ["has nothing but a static program", "empty"],
    ["is a Debian without Node and its C++ library", "debian"],
    ["is musl's", "musl"],
  ];

  const start = async (
    name: Name,
    options: Pick<EcsTaskOptions, "sealed" | "afterFill"> = {},
    settings: Partial<WorkerSettings> = {},
  ): Promise<EcsTask> => {
    const functionImage = made.get(name) ?? makers[name]();
    made.set(name, functionImage);
    task = await startEcsTask({
      ...options,
      buildah,
      directory: join(directory, "task"),
      workerImage: image,
      functionImage: await functionImage,
      region: REGION,
      environment: cloud.environment,
      settings: {
        activityArn: ACTIVITY_ARN,
        functionName: "detect",
        entryPoint: ["/function"],
        command: ["handler"],
        slots: 1,
        memoryMib: 512,
        timeoutSeconds: 30,
        heartbeatSeconds: 10,
        // An open poll is given up after this.
        stopTimeoutSeconds: 4,
        ...settings,
      },
    });
    return task;
  };

  test("is built on nothing but a base that is named by its digest", async () => {
    await expect(buildWorker(buildah, "localhost/loveless-base:latest")).rejects.toThrow(
      "BASE must name an image by its digest, got 'localhost/loveless-base:latest'",
    );
  });

  test("is not root's to run, starts Node through its own loader, and declares its volumes", async () => {
    expect(await imageConfig(buildah, image)).toMatchObject({
      User: "1000:1000",
      Entrypoint: ["/opt/loveless/loader", "--library-path", "/opt/loveless/lib", "/opt/loveless/node"],
      Volumes: { "/opt/loveless": {}, "/tmp": {} },
    });
  });

  test.each(images)(
    "injects a worker that runs a task in an image that %s",
    async (_what, name) => {
      const { signal, worker } = await start(name);
      expect(await cloud.execute({ tile: 7 })).toEqual(FINDINGS);
      await worker.line("FunctionPrinted", isByItsPath);
      signal("SIGTERM");
      expect(await worker.exited).toBe(0);
      expect(worker.lines.map(({ event }) => event)).not.toContain("OutputPipesFailed");
    },
    BUILD_MS,
  );

  const sealed = { sealed: true };
  const ownRole = { functionRoleArn: FUNCTION_ROLE_ARN };
  const reason = withoutNamespaces === undefined ? "" : ` (skipped: ${withoutNamespaces})`;
  const inNamespaces = withoutNamespaces === undefined ? test : test.skip;

  inNamespaces.each(images)(
    `under its own init, gives credentials of its own to the function of an image that %s, and nothing to write to but volumes${reason}`,
    async (_what, name) => {
      const { signal, worker } = await start(name, sealed, ownRole);
      const found = (await cloud.execute({ tile: 7 })) as Found;
      expect(found).toEqual(SEALED);
      expect(new Set(found.writable.trim().split(" "))).toEqual(new Set(["/tmp", "/dev/shm"]));
      expect(cloud.roleOf(found.credentials.AccessKeyId)).toBe(FUNCTION_ROLE_ARN);
      await worker.line("FunctionPrinted", isByItsPath);
      signal("SIGTERM");
      expect(await worker.exited).toBe(0);
    },
    BUILD_MS,
  );

  inNamespaces(
    `with a loader and an init that could be read, the function would read the worker's environment there${reason}`,
    async () => {
      const afterFill = ({ worker = "" }): void => {
        for (const name of ["init", "loader"]) chmodSync(join(worker, name), 0o755);
      };
      await start("empty", { sealed: true, afterFill }, ownRole);
      expect(await cloud.execute({ tile: 7 })).toMatchObject({
        readsLoader: true,
        readsWorkersEnvironment: true,
        readsInitsEnvironment: true,
      });
    },
    BUILD_MS,
  );

  test("fills the volumes: all root's, the loader and the init closed to readers, a scratch directory for all", async () => {
    const { volumes, filled, worker: started } = await start("empty");
    await started.line("WorkerStateChanged");
    expect(filled).toBe("");
    const { worker = "", tmp = "" } = volumes;
    const modes = Object.fromEntries(
      ["", ...readdirSync(worker)].map((name) => [name, mode(join(worker, name))]),
    );
    expect(modes).toEqual({
      "": "755 root",
      init: "711 root",
      lib: "755 root",
      loader: "711 root",
      mkfifo: "755 root",
      node: "755 root",
      "worker.js": "644 root",
    });
    const libraries = readdirSync(join(worker, "lib"));
    expect(libraries).toEqual(
      expect.arrayContaining(["libc.so.6", "libm.so.6", "libselinux.so.1", "libstdc++.so.6"]),
    );
    const ofLibraries = libraries.map((name) => mode(join(worker, "lib", name)));
    expect(ofLibraries.filter((each) => !["644 root", "755 root"].includes(each))).toEqual([]);
    expect(mode(tmp)).toBe("1777 root");
    expect(mode(join(tmp, ".loveless-scratch"))).toBe("644 root");
    expect(readFileSync(join(tmp, ".loveless-scratch"), "utf8")).toContain("empties this directory");
  });
});

/** What each function prints into /dev/stderr. */
function isByItsPath({ line, stream }: LogLine): boolean {
  return line === "by its path" && stream === "stderr";
}

function isDraining({ to }: LogLine): boolean {
  return to === "draining";
}

/** Mode and owner, such as "711 root". */
function mode(path: string): string {
  const { mode: bits, uid, gid } = lstatSync(path);
  return `${(bits & 0o7777).toString(8)} ${uid === 0 && gid === 0 ? "root" : `${String(uid)}:${String(gid)}`}`;
}

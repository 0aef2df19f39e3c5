import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPrograms, lacks, openBuildah, type Buildah } from "./buildah";
import { ACTIVITY_ARN, REGION, startCloud, type Cloud } from "./cloud";
import type { LogLine } from "../worker/worker-process";
import { imageConfig, startEcsTask, type EcsTask } from "./ecs-task";
import { buildWorker, makeBase, makeDebianImage, makeEmptyImage, makeMuslImage, type Base } from "./images";

/** Two Debians are fetched and unpacked, one of them with npm's packages; most of it is the network and the disk. */
const BUILD_MS = 420_000;
const USER = 1000;

const without = lacks();
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

  const start = async (functionImage: string): Promise<EcsTask> => {
    task = await startEcsTask({
      buildah,
      directory: join(directory, "task"),
      workerImage: image,
      functionImage,
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

  test.each([
    ["has nothing but a static program", () => makeEmptyImage(buildah, directory)],
    ["is a Debian without Node and its C++ library", () => makeDebianImage(buildah, base)],
    ["is musl's", () => makeMuslImage(buildah, directory)],
  ])(
    "injects a worker that runs a task in an image that %s",
    async (_what, make) => {
      const { signal, worker } = await start(await make());
      expect(await cloud.execute({ tile: 7 })).toEqual({
        event: { tile: 7 },
        user: USER,
        libraryPath: "",
        writesRoot: false,
        writesWorker: false,
        writesTmp: true,
        removesMarker: false,
        readsLoader: false,
        readsWorkersEnvironment: false,
        nodeStartsAlone: false,
      });
      signal("SIGTERM");
      expect(await worker.exited).toBe(0);
    },
    BUILD_MS,
  );

  test("fills the volumes: all root's, the loader and the init closed to readers, a scratch directory for all", async () => {
    const { volumes, filled, worker: started } = await start("localhost/loveless-empty");
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
      node: "755 root",
      "worker.js": "644 root",
    });
    expect(readdirSync(join(worker, "lib"))).toEqual(
      expect.arrayContaining(["libc.so.6", "libm.so.6", "libstdc++.so.6"]),
    );
    expect(mode(tmp)).toBe("1777 root");
    expect(mode(join(tmp, ".loveless-scratch"))).toBe("644 root");
    expect(readFileSync(join(tmp, ".loveless-scratch"), "utf8")).toContain("empties this directory");
  });
});

function isDraining({ to }: LogLine): boolean {
  return to === "draining";
}

/** Mode and owner, such as "711 root". */
function mode(path: string): string {
  const { mode: bits, uid, gid } = lstatSync(path);
  return `${(bits & 0o7777).toString(8)} ${uid === 0 && gid === 0 ? "root" : `${String(uid)}:${String(gid)}`}`;
}

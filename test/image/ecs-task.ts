/** An ECS task as the blueprint defines it: volumes filled by the worker's image, then the function's image started from them. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { injectedContainers } from "../../components/pools/injected-worker";
import type { WorkerSettings } from "../../worker/settings";
import { followWorker, type WorkerProcess } from "../worker/worker-process";
import { run, type Buildah } from "./buildah";
import { spawnContainer, type ContainerOptions } from "./container";

/** What of a container definition matters here. */
interface Container {
  readonly name: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly user: string;
  readonly readonlyRootFilesystem?: boolean;
  readonly mountPoints: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
}

/** What an image says of itself. */
export interface ImageConfig {
  readonly User?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
}

export async function imageConfig(buildah: Buildah, image: string): Promise<ImageConfig> {
  const inspected = await buildah.run("inspect", "--type", "image", image);
  return (JSON.parse(inspected) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
}

export interface EcsTask {
  /** Where each volume lies on this machine. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly worker: WorkerProcess;
  /** What the container of the worker's image said; it has ended well. */
  readonly filled: string;
  /** Signals the container's first process, past the programs that make the container. */
  signal(signal: NodeJS.Signals): void;
}

export interface EcsTaskOptions {
  readonly buildah: Buildah;
  readonly directory: string;
  readonly workerImage: string;
  readonly functionImage: string;
  readonly settings: WorkerSettings;
  readonly region: string;
  /** What ECS itself would set. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the function's container has namespaces of its own, and a root that can't be written to; else a chroot. */
  readonly sealed?: boolean;
  /** Called between the two containers. */
  readonly afterFill?: (volumes: EcsTask["volumes"]) => void;
}

export async function startEcsTask(options: EcsTaskOptions): Promise<EcsTask> {
  const { buildah, workerImage, functionImage, settings, region } = options;
  const [files, worker] = injectedContainers({
    workerImageUri: workerImage,
    functionImageUri: functionImage,
    settings,
    environment: {},
    region,
    logGroup: "workers",
    gpu: 0,
  }) as readonly Container[];
  if (files === undefined || worker === undefined) throw new Error("A worker has two containers.");
  const volumes = await fillVolumes(options, files);
  const { Entrypoint = [], Cmd = [] } = await imageConfig(buildah, workerImage);
  const filled = await buildah.run(
    ...(await runOf(options, workerImage, files, volumes)),
    ...Entrypoint,
    ...Cmd,
  );
  options.afterFill?.(volumes);
  const command = [...(worker.entryPoint ?? []), ...(worker.command ?? [])];
  const child =
    options.sealed === true
      ? spawnContainer({ ...(await sealedOf(options, worker, volumes)), command })
      : buildah.spawn(...(await runOf(options, functionImage, worker, volumes)), ...command);
  return {
    volumes,
    filled,
    worker: followWorker(child),
    signal(signal) {
      const pid = firstProcessBelow(child.pid ?? 0);
      if (pid !== undefined) process.kill(pid, signal);
    },
  };
}

/** As ECS does: what the image has at a VOLUME goes into the empty volume, with owners and modes. */
async function fillVolumes(
  { buildah, directory, workerImage }: EcsTaskOptions,
  { mountPoints }: Container,
): Promise<Readonly<Record<string, string>>> {
  const container = (await buildah.run("from", "--pull-never", workerImage)).trim();
  const tree = (await buildah.run("mount", container)).trim();
  const volumes: Record<string, string> = {};
  for (const { sourceVolume, containerPath } of mountPoints) {
    const volume = join(directory, sourceVolume);
    rmSync(volume, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    // cp and not Node: it keeps owners.
    await run("cp", ["-a", join(tree, containerPath), volume]);
    volumes[sourceVolume] = volume;
  }
  await buildah.run("rm", container);
  return volumes;
}

async function runOf(
  { buildah, environment }: EcsTaskOptions,
  image: string,
  container: Container,
  volumes: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const name = (await buildah.run("from", "--pull-never", image)).trim();
  const mounts = container.mountPoints.map(
    ({ sourceVolume, containerPath, readOnly }) =>
      `${volumes[sourceVolume] ?? ""}:${containerPath}:${readOnly ? "ro" : "rw"}`,
  );
  const variables = variablesOf(container, environment);
  return [
    ...["run", "--user", container.user],
    ...mounts.flatMap((mount) => ["--volume", mount]),
    ...Object.entries(variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...[name, "--"],
  ];
}

async function sealedOf(
  { buildah, functionImage, environment }: EcsTaskOptions,
  container: Container,
  volumes: Readonly<Record<string, string>>,
): Promise<Omit<ContainerOptions, "command">> {
  const name = (await buildah.run("from", "--pull-never", functionImage)).trim();
  return {
    root: (await buildah.run("mount", name)).trim(),
    readOnlyRoot: container.readonlyRootFilesystem === true,
    user: container.user,
    mounts: container.mountPoints.map(({ sourceVolume, containerPath, readOnly }) => ({
      from: volumes[sourceVolume] ?? "",
      at: containerPath,
      readOnly,
    })),
    variables: variablesOf(container, environment),
  };
}

function variablesOf(
  { environment = [] }: Container,
  ofEcs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(environment.map(({ name, value }) => [name, value])), ...ofEcs };
}

/** The worker, or the init that starts it: the oldest process below `ancestor` that was told of the worker's file. */
function firstProcessBelow(ancestor: number): number | undefined {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes
    .filter((pid) => procFile(pid, "cmdline").split("\0").includes("/opt/loveless/worker.js"))
    .map(Number)
    .find((pid) => {
      let above = parentOf(pid);
      while (above > 1 && above !== ancestor) above = parentOf(above);
      return above === ancestor && !isBuildah(pid);
    });
}

/** Its own arguments name the worker too. */
function isBuildah(pid: number): boolean {
  return /buildah/.test(procFile(String(pid), "cmdline").split("\0")[0] ?? "");
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(procFile(String(pid), "status"))?.[1] ?? 0);
}

/** Empty when the process is gone. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(join("/proc", pid, name), "utf8");
  } catch {
    return "";
  }
}

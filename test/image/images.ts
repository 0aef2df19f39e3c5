/** The images that the tests run: the worker's, from its Dockerfile, and functions' that have no Node for it to use. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { run, type Buildah } from "./buildah";

const root = resolve(__dirname, "../..");
const functions = join(__dirname, "functions");
const RELEASE = "bookworm";
/** The certificates that this machine trusts, where Debian keeps them. */
const CERTIFICATES = "/etc/ssl/certs";
const NODE = ["usr/local/bin/node", "usr/local/bin/npm", "usr/local/lib/node_modules"];
/** Without them Node does not start by itself: as in an image of another, or an older, C++ library. */
const CPP_LIBRARY = "*/libstdc++.so.6*";

/** A Debian with the Node of node_modules, in place of the public image that worker/Dockerfile names. */
export interface Base {
  /** NAME@sha256:DIGEST. */
  readonly reference: string;
  readonly directory: string;
}

export async function makeBase(buildah: Buildah, directory: string): Promise<Base> {
  const debian = join(directory, "debian");
  await run("debootstrap", ["--variant=minbase", RELEASE, debian, mirror()]);
  const [node, npm] = [join(debian, "usr/local/bin/node"), join(debian, "usr/local/lib/node_modules/npm")];
  cpSync(join(root, "node_modules/node/bin/node"), node);
  const client = realpathSync((await run("sh", ["-c", "command -v npm"])).trim());
  cpSync(resolve(client, "../.."), npm, { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(debian, "usr/local/bin/npm"));
  const registry = await npmSetting("registry");
  await importTree(
    buildah,
    debian,
    "loveless-base",
    [],
    [
      // As npm does on this machine: its registry, what it has fetched already, the certificates that it trusts.
      "ENV npm_config_cache=/npm-cache npm_config_prefer_offline=true",
      `ENV npm_config_registry=${registry} NODE_EXTRA_CA_CERTS=${CERTIFICATES}/ca-certificates.crt`,
    ],
  );
  const digest = await buildah.run("images", "--format", "{{.Digest}}", "localhost/loveless-base");
  return { reference: `localhost/loveless-base@${digest.trim()}`, directory: debian };
}

/** Builds worker/Dockerfile; rejects as the build does. Returns the image's name. */
export async function buildWorker(buildah: Buildah, base: string): Promise<string> {
  await buildah.run(
    ...["bud", "--pull-never", "--tag", "loveless-worker", "--build-arg", `BASE=${base}`],
    ...[
      "--volume",
      `${await npmSetting("cache")}:/npm-cache`,
      "--volume",
      `${CERTIFICATES}:${CERTIFICATES}:ro`,
    ],
    ...["--ignorefile", join(root, "worker/Dockerfile.dockerignore")],
    ...["--file", join(root, "worker/Dockerfile"), root],
  );
  return "localhost/loveless-worker";
}

/** Where anybody may write, unless the root file system is read-only. */
function openDirectory(tree: string): void {
  mkdirSync(join(tree, "open"));
  chmodSync(join(tree, "open"), 0o1777);
}

/** Nothing but one static program. */
export async function makeEmptyImage(buildah: Buildah, directory: string): Promise<string> {
  const tree = join(directory, "empty");
  mkdirSync(join(tree, "bin"), { recursive: true });
  openDirectory(tree);
  cpSync((await run("sh", ["-c", "command -v busybox"])).trim(), join(tree, "bin/busybox"));
  cpSync(join(functions, "busybox.sh"), join(tree, "function"));
  cpSync(join(functions, "findings.sh"), join(tree, "findings.sh"));
  return importTree(buildah, tree, "loveless-empty");
}

/** A Debian without Node, and without the C++ library that Node needs. */
export async function makeDebianImage(buildah: Buildah, { directory }: Base): Promise<string> {
  openDirectory(directory);
  cpSync(join(functions, "bash.sh"), join(directory, "function"));
  cpSync(join(functions, "findings.sh"), join(directory, "findings.sh"));
  return importTree(buildah, directory, "loveless-debian", [CPP_LIBRARY, ...NODE.map((path) => `./${path}`)]);
}

/** musl's loader, which is its libc too, and one program that was linked against it. */
export async function makeMuslImage(buildah: Buildah, directory: string): Promise<string> {
  const tree = join(directory, "musl");
  mkdirSync(join(tree, "lib"), { recursive: true });
  openDirectory(tree);
  const loader = readdirSync("/lib").find((name) => name.startsWith("ld-musl-"));
  if (loader === undefined) throw new Error("There is no ld-musl-* in /lib; install Debian's package musl.");
  cpSync(realpathSync(join("/lib", loader)), join(tree, "lib", loader));
  await run("musl-gcc", ["-D_GNU_SOURCE", "-O1", "-o", join(tree, "function"), join(functions, "musl.c")]);
  return importTree(buildah, tree, "loveless-musl");
}

/** An image of one layer, with the owners and modes of `tree`. */
async function importTree(
  buildah: Buildah,
  tree: string,
  name: string,
  without: readonly string[] = [],
  instructions: readonly string[] = [],
): Promise<string> {
  const context = join(dirname(tree), `${name}-context`);
  mkdirSync(context);
  const excluded = ["./dev/*", "./proc/*", "./sys/*", "./var/cache/apt/archives/*", ...without];
  const flags = excluded.map((pattern) => `--exclude=${pattern}`);
  await run("tar", ["-C", tree, ...flags, "-cf", join(context, "tree.tar"), "."]);
  writeFileSync(
    join(context, "Dockerfile"),
    ["FROM scratch", "ADD tree.tar /", ...instructions, ""].join("\n"),
  );
  await buildah.run("bud", "--tag", name, context);
  return `localhost/${name}`;
}

/** The first one that this machine takes its packages from. */
function mirror(): string {
  const lists = readdirSync("/etc/apt/sources.list.d").map((name) => join("/etc/apt/sources.list.d", name));
  for (const list of ["/etc/apt/sources.list", ...lists]) {
    const text = read(list);
    const [, ofDeb822] = /^URIs:\s*(\S+\/debian\/?)\s*$/m.exec(text) ?? [];
    const [, ofLine] = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(text) ?? [];
    const found = ofDeb822 ?? ofLine;
    if (found !== undefined) return found;
  }
  throw new Error(
    "No list below /etc/apt names a mirror of Debian; add one, as in a new installation of Debian.",
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function npmSetting(name: string): Promise<string> {
  return (await run("npm", ["config", "get", name], { npm_config_loglevel: "silent" })).trim();
}

/** The example folders as Docker build contexts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = join(__dirname, "../..");
const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");
const rootPackage = JSON.parse(read("package.json")) as Package;
const rootVersions = { ...rootPackage.dependencies, ...rootPackage.devDependencies };

describe.each(["split", "detect", "merge"])("%s", (name) => {
  const own = JSON.parse(read("examples", name, "package.json")) as Package;

  test("pins the very versions that it runs with locally, and its lock file agrees", () => {
    const lock = JSON.parse(read("examples", name, "package-lock.json")) as {
      packages: Record<string, Package>;
    };
    for (const versions of [own.dependencies ?? {}, own.devDependencies ?? {}]) {
      for (const [library, version] of Object.entries(versions))
        expect([library, version]).toEqual([library, rootVersions[library]]);
    }
    expect(lock.packages[""]).toMatchObject({
      dependencies: own.dependencies,
      devDependencies: own.devDependencies,
    });
  });

  test("imports nothing from beyond its folder but what it pins", () => {
    for (const file of readdirSync(join(root, "examples", name)).filter((entry) => entry.endsWith(".ts"))) {
      for (const [, from = ""] of read("examples", name, file).matchAll(/from "([^"]+)"/g)) {
        const allowed =
          from.startsWith("node:") || /^\.\/[\w-]+\.ts$/.test(from) || from in (own.dependencies ?? {});
        expect([file, from, allowed]).toEqual([file, from, true]);
      }
    }
  });
});

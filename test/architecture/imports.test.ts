/** Holds the direction of imports: index.ts -> components -> settings; local -> (worker|autoscaler); see docs/decisions.md. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");

/** What the files of a part may import, besides packages. The first part whose pattern matches a file is its part. */
const parts: readonly { readonly part: RegExp; readonly mayImport: RegExp }[] = [
  { part: /^index\.ts$/, mayImport: /^components\// },
  { part: /^components\//, mayImport: /^(components\/|worker\/settings$|autoscaler\/settings$)/ },
  { part: /^worker\//, mayImport: /^worker\// },
  { part: /^autoscaler\//, mayImport: /^autoscaler\// },
  { part: /^policies\//, mayImport: /^policies\// },
  { part: /^examples\/split\//, mayImport: /^examples\/split\// },
  { part: /^examples\/detect\//, mayImport: /^examples\/detect\// },
  { part: /^examples\/merge\//, mayImport: /^examples\/merge\// },
  { part: /^local\//, mayImport: /^(local|worker|autoscaler)\// },
  { part: /^\.ci\//, mayImport: /^\.ci\// },
  { part: /^test\//, mayImport: /^(?!index$)/ },
];

function sourceFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.mts", "*.mjs"], {
    cwd: root,
  });
  return listed
    .toString()
    .split("\n")
    .filter((file) => file !== "" && !/^[^/]+\.config\.mjs$/.test(file));
}

/** Relative imports of a file, as paths from the root without an extension. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, join(root, dirname(file), name)).replace(/\.m?[jt]s$/, ""));
}

test("every source file belongs to a part whose imports are ruled", () => {
  expect(sourceFiles().filter((file) => !parts.some(({ part }) => part.test(file)))).toEqual([]);
});

test("imports go one way only", () => {
  const wrong = sourceFiles().flatMap((file) => {
    const rule = parts.find(({ part }) => part.test(file));
    return importsOf(file)
      .filter((imported) => rule?.mayImport.test(imported) === false)
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(wrong).toEqual([]);
});

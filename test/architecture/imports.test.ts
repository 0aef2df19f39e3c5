/** Holds the direction of imports: index.ts -> components -> settings; local -> (worker|autoscaler); see docs/decisions.md. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");

/** What the files of a part may import, besides packages. The first part whose pattern matches a file is its part. */
const parts: readonly { readonly part: RegExp; readonly mayImport: RegExp }[] = [
  { part: /^index\.ts$/, mayImport: /^components\// },
  { part: /^components\/iam\//, mayImport: /^(components\/iam\/|autoscaler\/settings$)/ },
  { part: /^components\//, mayImport: /^(components\/|worker\/settings$|autoscaler\/settings$)/ },
  { part: /^worker\//, mayImport: /^worker\// },
  { part: /^autoscaler\//, mayImport: /^autoscaler\// },
  { part: /^policies\//, mayImport: /^policies\// },
  { part: /^examples\/split\//, mayImport: /^examples\/split\// },
  { part: /^examples\/detect\//, mayImport: /^examples\/detect\// },
  { part: /^examples\/merge\//, mayImport: /^examples\/merge\// },
  // The local cloud, from the ground up: a graph, who makes one, who judges by it, who runs it, and who shows it.
  { part: /^local\/(graph|command-line)\.ts$/, mayImport: /^$/ },
  { part: /^local\/runtime-client\//, mayImport: /^local\/runtime-client\// },
  { part: /^local\/engine\//, mayImport: /^local\/(engine\/|graph$)/ },
  { part: /^local\/iam\//, mayImport: /^local\/(iam\/|graph$)/ },
  { part: /^local\/preview[/.]/, mayImport: /^local\/(preview\/|engine\/|graph$|command-line$)/ },
  { part: /^local\/cloud\//, mayImport: /^(local\/(cloud\/|iam\/|graph$)|worker\/|autoscaler\/)/ },
  { part: /^local\/docker\//, mayImport: /^(local\/(docker\/|cloud\/|graph$)|worker\/)/ },
  { part: /^local\/console\//, mayImport: /^local\/(console|cloud|iam)\/|^local\/graph$/ },
  { part: /^local\/(start|serve)[/.]/, mayImport: /^(local\/(?!preview)|worker\/|autoscaler\/)/ },
  { part: /^\.ci\//, mayImport: /^\.ci\// },
  { part: /^test\//, mayImport: /^(?!index$)/ },
];

/** Files within which nothing imports itself by a detour, not even a type: whoever reads one can begin at the bottom. */
const LAYERED = /^(index\.ts|(components|policies|examples)\/)/;

function sourceFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.mts", "*.mjs"], {
    cwd: root,
  });
  return listed
    .toString()
    .split("\n")
    .filter((file) => file !== "" && !/^[^/]+\.config\.mjs$/.test(file));
}

/** A name in an import, as a path from the root without an extension. */
function imported(file: string, name: string): string {
  return relative(root, join(root, dirname(file), name)).replace(/\.m?[jt]s$/, "");
}

/** Relative imports of a file. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => imported(file, name));
}

/** Those that are still there when types are gone; a re-export counts. */
function importsAtRunTime(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const from = isImport ? statement.moduleSpecifier : undefined;
    if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith(".")) return [];
    return ts.isImportDeclaration(statement) && hasTypesAlone(statement) ? [] : [imported(file, from.text)];
  });
}

function hasTypesAlone({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = importClause.namedBindings;
  if (importClause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return false;
  return names.elements.every(({ isTypeOnly }) => isTypeOnly);
}

/** Each file's way back to itself, if there is one: "a -> b -> a". */
function circles(files: readonly string[], importsOf: (file: string) => readonly string[]): string[] {
  const named = new Map(files.map((file) => [file.replace(/\.m?ts$/, ""), file]));
  const next = new Map(
    [...named].map(([name, file]) => [name, importsOf(file).filter((to) => named.has(to))]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) found.push([...path.slice(path.indexOf(name)), name].join(" -> "));
    if (path.includes(name) || done.has(name)) return;
    for (const to of next.get(name) ?? []) visit(to, [...path, name]);
    done.add(name);
  };
  for (const name of named.keys()) visit(name, []);
  return found;
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

test("no file imports itself by a detour when the program runs", () => {
  expect(circles(sourceFiles(), importsAtRunTime)).toEqual([]);
});

test("in the blueprint, the policies and the examples types go one way as well", () => {
  const layered = sourceFiles().filter((file) => LAYERED.test(file));
  expect(circles(layered, importsOf)).toEqual([]);
});

test("IAM documents are pure: they import no package", () => {
  const packages = sourceFiles()
    .filter((file) => file.startsWith("components/iam/"))
    .flatMap((file) => ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true).importedFiles)
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith("."));
  expect(packages).toEqual([]);
});

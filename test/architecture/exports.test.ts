/** Holds that what a file of the blueprint, the policies or the local engine gives out is taken by another. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");
const HELD = /^(components|policies|local\/(engine|iam|preview))\//;

interface Names {
  /** Functions, constants and classes that the file exports. A type may stand in an exported signature alone. */
  readonly exported: readonly string[];
  /** What it imports from files of this repository, as `FILE NAME`; `FILE *` for all. */
  readonly imported: readonly string[];
}

function sourceFiles(): readonly string[] {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { cwd: root });
  return files
    .toString()
    .split("\n")
    .filter((file) => file !== "");
}

function namesOf(file: string): Names {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest);
  const imports = source.statements.flatMap((statement) =>
    ts.isImportDeclaration(statement) ? importedBy(file, statement) : [],
  );
  return { exported: source.statements.flatMap(exportedBy), imported: imports };
}

function exportedBy(statement: ts.Statement): readonly string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const isExported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (isExported !== true) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isValue && statement.name !== undefined ? [statement.name.text] : [];
}

function importedBy(
  file: string,
  { moduleSpecifier, importClause }: ts.ImportDeclaration,
): readonly string[] {
  if (!ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith(".")) return [];
  const from = relative(root, join(root, dirname(file), moduleSpecifier.text)).replace(/\.ts$/, "");
  const bindings = importClause?.namedBindings;
  if (bindings === undefined) return [];
  if (ts.isNamespaceImport(bindings)) return [`${from} *`];
  return bindings.elements.map(({ name, propertyName }) => `${from} ${(propertyName ?? name).text}`);
}

test("no function, constant or class is exported that no other file imports", () => {
  const names = new Map(sourceFiles().map((file) => [file, namesOf(file)]));
  const taken = new Set([...names.values()].flatMap(({ imported }) => imported));
  const held = [...names].filter(([file]) => HELD.test(file));
  expect(held.flatMap(([, { exported }]) => exported).length).toBeGreaterThan(100);
  const inVain = held.flatMap(([file, { exported }]) => {
    const from = file.replace(/\.ts$/, "");
    return taken.has(`${from} *`) ? [] : exported.map((name) => `${from} ${name}`);
  });
  expect(inVain.filter((each) => !taken.has(each))).toEqual([]);
});

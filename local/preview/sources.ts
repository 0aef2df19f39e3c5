/** Finds where a resource is declared: the file of its nearest component, or the program's own entry point. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Graph } from "../graph";

export interface Source {
  /** Relative to the project, with slashes. */
  readonly file: string;
  readonly line: number;
}

const ENTRY_POINT: Source = { file: "index.ts", line: 1 };
const SKIPPED = new Set(["node_modules", "test", "local", "examples", "dist"]);

/** By URN. A component is known by the type token that it gives to `super`. */
export function createSources(graph: Graph, projectDirectory: string): (urn: string) => Source {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  const ours = new Set(graph.resources.filter(({ custom }) => !custom).map(({ type }) => type));
  const declared = tokens(projectDirectory, ours);
  const sourceOf = (urn: string | null): Source => {
    const resource = urn === null ? undefined : byUrn.get(urn);
    if (resource === undefined) return ENTRY_POINT;
    return declared.get(resource.type) ?? sourceOf(resource.parent);
  };
  return sourceOf;
}

function tokens(directory: string, types: ReadonlySet<string>): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>();
  for (const file of sourceFiles(directory)) {
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [index, line] of lines.entries()) {
      const token = /super\(\s*"([^"]+)"/.exec(line)?.[1];
      if (token === undefined || !types.has(token)) continue;
      found.set(token, { file: relative(directory, file).replaceAll("\\", "/"), line: index + 1 });
    }
  }
  return found;
}

function sourceFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.isFile() && entry.name.endsWith(".ts") ? [path] : [];
  });
}

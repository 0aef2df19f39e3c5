/**
 * Runs a Pulumi program without a cloud and gives the resource graph that it declares. This is not a Pulumi engine: it
 * has no state, no diff and no providers; it answers registrations with what AWS would have answered.
 */
import type { Graph } from "../graph";
import { defaultProvider } from "./aws";
import { type Diagnostic, failureOf, formatDiagnostic } from "./diagnostics";
import { createMonitor } from "./monitor";
import { runProcess } from "./program";
import { namePattern, readProject } from "./project";
import { createRegistry } from "./registry";
import { startEngineServer } from "./server";

/** What a run tells while it goes on. */
export type Progress =
  | { readonly kind: "resource"; readonly type: string; readonly name: string }
  | { readonly kind: "message"; readonly severity: "info" | "warning"; readonly text: string };

export interface RunOptions {
  /** Where Pulumi.yaml is. Absolute. */
  readonly projectDirectory: string;
  readonly stack: string;
  /** `preview`: what AWS decides is `UNKNOWN`, as in `pulumi preview`. `up`: everything is known. */
  readonly mode: "preview" | "up";
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting kills the program; the run then rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Rejects with UnknownStackError (wrong usage), ProjectFileError, or ProgramError, whose message is Pulumi's own. The
 * program's process has ended and its port is closed when this settles.
 */
export async function runProgram(options: RunOptions): Promise<Graph> {
  const { project, settings } = await readProject(options.projectDirectory, options.stack);
  const preview = options.mode === "preview";
  const registry = createRegistry(project.name, options.stack);
  const monitor = createMonitor({
    registry,
    project: project.name,
    stack: options.stack,
    projectDirectory: options.projectDirectory,
    preview,
    provider: defaultProvider(settings),
    namePattern: namePattern(settings),
  });
  const diagnostics: Diagnostic[] = [];
  const refused = new AbortController();
  const server = await startEngineServer({
    monitor,
    registry,
    onDiagnostic: (diagnostic) => {
      diagnostics.push(diagnostic);
      if (diagnostic.severity === "error") return;
      options.onProgress?.({
        kind: "message",
        severity: diagnostic.severity,
        text: formatDiagnostic(diagnostic),
      });
    },
    onRegistered: ({ type, name }) => options.onProgress?.({ kind: "resource", type, name }),
    // As the CLI does. Left alone, the program would tell of each registration that it can't make any more.
    onRefused: () => {
      refused.abort();
    },
  });
  try {
    const exit = await runProcess({
      project,
      settings,
      stack: options.stack,
      preview,
      engineAddress: server.address,
      onOutput: (text) => options.onProgress?.({ kind: "message", severity: "info", text }),
      signal: AbortSignal.any([refused.signal, ...(options.signal === undefined ? [] : [options.signal])]),
    });
    const failure = failureOf(diagnostics, exit, exit.errorOutput);
    if (failure !== null) throw failure;
    return registry.graph();
  } finally {
    server.close();
  }
}

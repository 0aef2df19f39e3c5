/** One preview: the program in preview and in up form, both judged by the policy pack, and compared with a base. */
import { resolve } from "node:path";
import { readProject } from "../engine/project";
import { runProgram } from "../engine/run";
import type { Graph } from "../graph";
import { graphAt } from "./base";
import { compare } from "./compare";
import { needlessExemptions } from "./exemptions";
import { startPack } from "./pack-process";
import { judge } from "./policies";
import type { Preview } from "./report";

export interface PreviewOptions {
  readonly projectDirectory: string;
  readonly stack: string;
  readonly policyPack: string;
  readonly base?: string;
  /** What the program says while it runs. */
  readonly onMessage: (text: string) => void;
}

/** Rejects with what the program, the pack or the base reject with. All processes have ended then. */
export async function runPreview(options: PreviewOptions): Promise<Preview> {
  const { projectDirectory, stack, base: ref } = options;
  const stackProject = await readProject(projectDirectory, stack);
  const abort = new AbortController();
  const startedAt = performance.now();
  let graphSeconds = 0;
  const program = (mode: "preview" | "up"): Promise<Graph> =>
    runProgram({
      projectDirectory,
      stack,
      mode,
      signal: abort.signal,
      onProgress: (progress) => {
        // Once: up says it all.
        if (progress.kind === "message" && mode === "up") options.onMessage(progress.text);
      },
    });
  const packStarting = startPack({
    ...stackProject,
    directory: resolve(projectDirectory, options.policyPack),
    stack,
  });
  const graphs = Promise.all([program("preview"), program("up")]).then(([preview, up]) => {
    graphSeconds = (performance.now() - startedAt) / 1000;
    return { preview, up };
  });
  // After this stack's own runs: three programs at once would only wait for each other.
  const baseGraph =
    ref === undefined
      ? null
      : graphs.then(() => graphAt({ projectDirectory, stack, ref, signal: abort.signal }));
  try {
    const [pack, { preview, up }, base] = await Promise.all([packStarting, graphs, baseGraph]);
    const judgement = await judge(pack, { preview, up });
    return {
      graph: up,
      graphSeconds,
      judgement,
      base,
      comparison: base === null ? null : compare(base, up),
      notes: needlessExemptions(stackProject.settings.config["policies:exemptions"], judgement.exempted),
    };
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled([graphs, baseGraph]);
    throw error;
  } finally {
    await packStarting.then(
      (pack) => {
        pack.close();
      },
      () => undefined,
    );
  }
}

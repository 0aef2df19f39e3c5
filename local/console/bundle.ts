/** The page's script, bundled in memory from its TypeScript when it is first asked for: nobody builds anything. */
import { basename, join } from "node:path";

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array | string;
}

const PAGE = join(__dirname, "page");
const JAVASCRIPT = "text/javascript; charset=utf-8";

/** By file name. The graph's layout is a file of its own: only who looks at an execution loads it. */
export async function bundlePage(): Promise<ReadonlyMap<string, Asset>> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, "main.ts")],
    outdir: "/",
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "warning",
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [basename(path), { type: JAVASCRIPT, body: contents }]),
  );
}

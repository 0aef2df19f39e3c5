/** The console's own small HTTP server: the page, the feed, questions and actions. Listens on 127.0.0.1 alone. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { refused, type ActionAnswer, type Actions } from "./actions";
import { bundlePage, type Asset } from "./bundle";
import type { Feed } from "./feed";
import { refusalOf, SAFE_HEADERS } from "./security";

/** What the page asks for, by path; null: there is no such thing (any more). */
export type Questions = ReadonlyMap<string, (query: URLSearchParams) => Promise<unknown>>;

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

const PAGE = join(__dirname, "page");
/** An execution's input is 256 KiB at most; in JSON it may take twice that. */
const BODY_BYTES = 1024 * 1024;
const JSON_TYPE = "application/json; charset=utf-8";
/** In this order: narrow windows have the last word. */
const STYLES = ["base", "shell", "controls", "cards", "pools", "executions", "views", "narrow"];
const CSS_TYPE = "text/css; charset=utf-8";
const FILES: Readonly<Record<string, { readonly files: readonly string[]; readonly type: string }>> = {
  "/": { files: [join(PAGE, "index.html")], type: "text/html; charset=utf-8" },
  "/assets/page.css": { files: STYLES.map((name) => join(PAGE, "css", `${name}.css`)), type: CSS_TYPE },
  "/assets/plot.css": { files: [require.resolve("uplot/dist/uPlot.min.css")], type: CSS_TYPE },
  "/assets/icon.svg": { files: [join(PAGE, "icon.svg")], type: "image/svg+xml" },
};

/** Port 0 picks a free one. Rejects with the system's EADDRINUSE when the port is taken. */
export async function startConsoleServer(options: {
  readonly port: number;
  readonly feed: Feed;
  readonly questions: Questions;
  readonly actions: Actions;
}): Promise<ConsoleServer> {
  let port = options.port;
  let bundle: Promise<ReadonlyMap<string, Asset>> | null = null;
  const scripts = (): Promise<ReadonlyMap<string, Asset>> => (bundle ??= bundlePage());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    const refusal = refusalOf(request, port);
    if (refusal !== null) {
      send(response, refused(403, refusal));
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://console");
    if (request.method === "POST") {
      await act(options.actions.get(pathname), request, response);
      return;
    }
    if (pathname === "/feed") {
      options.feed.add(response, {
        pools: searchParams.has("pools"),
        execution: searchParams.get("execution"),
      });
      return;
    }
    const question = options.questions.get(pathname);
    if (question !== undefined) {
      const found = await question(searchParams);
      send(
        response,
        found === null ? refused(404, "It is not known, or not any more.") : { status: 200, body: found },
      );
      return;
    }
    // The script is made while the browser reads the page.
    if (pathname === "/") void scripts().catch(() => undefined);
    const asset = await assetOf(pathname, scripts);
    if (asset === null) send(response, refused(404, `There is no ${pathname}.`));
    else {
      response.writeHead(200, { "Content-Type": asset.type });
      response.end(asset.body);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`console: ${String(request.url)}: ${(error as Error).stack ?? String(error)}\n`);
      if (!response.headersSent)
        send(response, refused(500, "The console failed; its standard error says why."));
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function assetOf(
  pathname: string,
  scripts: () => Promise<ReadonlyMap<string, Asset>>,
): Promise<Asset | null> {
  const found = FILES[pathname];
  if (found !== undefined) {
    const texts = await Promise.all(found.files.map((file) => readFile(file, "utf8")));
    return { type: found.type, body: texts.join("\n") };
  }
  if (!pathname.startsWith("/assets/")) return null;
  return (await scripts()).get(pathname.slice("/assets/".length)) ?? null;
}

async function act(
  action: ((body: unknown) => Promise<ActionAnswer>) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (action === undefined) {
    send(response, refused(404, `There is no action ${String(request.url)}.`));
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) {
      send(response, refused(413, `The body may have ${String(BODY_BYTES)} bytes, got more.`));
      return;
    }
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    send(response, refused(400, "The body is not JSON."));
    return;
  }
  send(response, await action(body));
}

function send(
  response: ServerResponse,
  { status, body }: { readonly status: number; readonly body: unknown },
): void {
  response.writeHead(status, { "Content-Type": JSON_TYPE });
  response.end(JSON.stringify(body));
}

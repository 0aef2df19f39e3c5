/** The least S3 that the example functions need, over real HTTP: put and get of objects, path-style. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface S3Endpoint {
  readonly url: string;
  /** Bodies by `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  close(): Promise<void>;
}

export async function startS3(): Promise<S3Endpoint> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const name = decodeURIComponent(new URL(request.url ?? "/", "http://127.0.0.1").pathname.slice(1));
      const found = objects.get(name);
      if (request.method === "PUT") {
        objects.set(name, body);
        response.writeHead(200, { ETag: '"1"' }).end();
      } else if (found === undefined) {
        response.writeHead(404, { "Content-Type": "application/xml" });
        response.end(
          "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
        );
      } else {
        response.writeHead(200, { "Content-Length": found.length }).end(found);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    objects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

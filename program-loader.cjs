/**
 * Loads the TypeScript of the Pulumi program (Pulumi.yaml, nodeargs), for the Pulumi CLI and the local engine alike: tsx
 * transpiles, and stack traces show the lines as they are written.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- node --require takes CommonJS */
require("tsx/cjs");
const { createRequire, findSourceMap } = require("node:module");

// Pulumi's runtime maps stack traces by source-map-support, which looks for maps on disk. There it misses tsx's, kept in
// memory, and finds Pulumi's own, whose made-up paths keep Node 24.9 busy for 15 seconds when an error is shown:
// https://github.com/nodejs/node/issues/64011
createRequire(require.resolve("@pulumi/pulumi"))("source-map-support").install({
  overrideRetrieveSourceMap: true,
  retrieveSourceMap(path) {
    const found = path.endsWith(".ts") ? findSourceMap(path) : undefined;
    // A transpiled file has one source: itself.
    return found === undefined ? null : { url: path, map: { ...found.payload, sources: [path] } };
  },
});

/**
 * Starts the provider for Pulumi. Its plugin host has registered ts-node by now, whatever PulumiPlugin.yaml says, and that
 * checks all types and refuses this repository's options; tsx, registered after it, takes over.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- Pulumi requires CommonJS */
require("tsx/cjs/api").register();
require("./index.ts");

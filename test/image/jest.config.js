const base = require("../../jest.config.js");

/** The worker's image, built and run as containers. Building takes minutes. @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/image"],
  testMatch: ["**/*.e2e.ts"],
  maxWorkers: 1,
  testTimeout: 60_000,
};

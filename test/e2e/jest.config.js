const base = require("../../jest.config.js");

/** The slower suites: whole stacks as processes of their own, one after the other. @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/e2e"],
  testMatch: ["**/*.e2e.ts"],
  maxWorkers: 1,
  testTimeout: 180_000,
};

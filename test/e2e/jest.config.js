const base = require("../../jest.config.js");

/** The slower suites: whole stacks as processes of their own. They wait more than they work, so two go on at once. @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/e2e"],
  testMatch: ["**/*.e2e.ts"],
  maxWorkers: 2,
  testTimeout: 180_000,
};

const base = require("../../jest.config.js");

/** Real Runtime API clients against the worker as it is deployed. @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/clients"],
  testMatch: ["**/*.e2e.ts"],
  maxWorkers: 1,
  testTimeout: 60_000,
};

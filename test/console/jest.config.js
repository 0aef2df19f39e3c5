const base = require("../../jest.config.js");

/** The console in a real browser, on whole stacks as processes of their own. @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/console"],
  testMatch: ["**/*.browser.ts"],
  maxWorkers: 1,
  testTimeout: 120_000,
};

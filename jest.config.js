/** @type {import("jest").Config} */
module.exports = {
  roots: ["<rootDir>/test"],
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  // ts-jest only transpiles: `npm test` runs tsc --noEmit first, once for the whole tree.
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  testTimeout: 30_000,
};

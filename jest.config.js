/** @type {import("jest").Config} */
module.exports = {
  roots: ["<rootDir>/test"],
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  // ts-jest only transpiles: `npm test` runs tsc --noEmit first, once for the whole tree.
  // CommonJS whatever the nearest package.json says: the examples are ES modules to Node, but jest runs them too.
  transform: {
    "^.+\\.ts$": [
      "ts-jest",
      { diagnostics: false, tsconfig: { module: "commonjs", target: "es2024", isolatedModules: true } },
    ],
  },
  testTimeout: 30_000,
};

// Adds up what the suites of .ci/run left in a folder: jest reports (*.json) and single checks (*.check).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Whatever goes wrong here, the last line is the count, and it says so.
process.on("uncaughtException", (error) => {
  console.log(`failed: the results can't be read: ${error.message}`);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
});

const folder = process.argv[2];
let passed = 0;
let failed = 0;
const skipped = [];

for (const file of readdirSync(folder).sort()) {
  const text = readFileSync(join(folder, file), "utf8");
  if (file.endsWith(".check")) {
    if (text.trim() === "pass") passed += 1;
    else {
      failed += 1;
      console.log(`failed: ${file.slice(0, -".check".length)}`);
    }
    continue;
  }
  for (const { name, message, assertionResults } of JSON.parse(text).testResults) {
    if (assertionResults.length === 0) {
      // A test file that could not start has no tests, only a message.
      failed += 1;
      console.log(`failed: ${name}: ${message}`);
    }
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === "passed") passed += 1;
      else if (status === "failed") {
        failed += 1;
        console.log(`failed: ${fullName}\n${failureMessages.join("\n")}`);
      } else skipped.push(fullName);
    }
  }
}

if (passed === 0 && failed === 0) failed = 1;
console.log(`skipped: ${skipped.length === 0 ? "none" : skipped.join("; ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** An engine as a process of its own, for the test that kills it: runs a program that does not end, and prints what it says. */
import { join } from "node:path";
import { runProgram } from "../../../local/engine/run";

void runProgram({
  projectDirectory: join(__dirname, "fixtures/failing"),
  stack: "endless",
  mode: "up",
  onProgress: (event) => {
    if (event.kind === "message") process.stdout.write(`${event.text}\n`);
  },
});

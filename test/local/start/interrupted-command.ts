/** A command that talks until it is interrupted, and then says why in a file, since nobody may be left to hear it. */
import { writeFileSync } from "node:fs";
import { onInterrupt } from "../../../local/command-line";

const [, , file = ""] = process.argv;
const signal = onInterrupt("the test had ended");
const talk = setInterval(() => process.stdout.write("on and on\n"), 5);
signal.addEventListener("abort", () => {
  // Once more: a stream that has failed may fail again.
  process.stdout.write("the end\n");
  clearInterval(talk);
  writeFileSync(file, (signal.reason as Error).message);
});

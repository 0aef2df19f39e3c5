// Runs one example function as a process of its own: `node call.mjs INDEX_TS` reads inputs as JSON lines, and answers
// each with one line, as Lambda's runtime does: the output, or the error's name and message.
import { createInterface } from "node:readline";

const { handler } = await import(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ output: await handler(JSON.parse(line)) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.name, message: error.message }));
  }
}

/**
 * Ends the program with the engine that started it: the engine holds the other end of its standard input, which closes
 * however the engine ends, SIGKILL included. Without it the program asks for ever for an engine that is gone.
 */
process.stdin.on("end", () => process.exit(1)).on("error", () => process.exit(1));
process.stdin.resume();
process.stdin.unref();

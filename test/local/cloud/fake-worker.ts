/** A worker of a few lines, for tests that are about ECS and not about what workers do. */

/** The program of a process that stands for a worker: leaves its own session by a child, and says what it was given. */
export const WORKER = `
const { spawn } = require("node:child_process");
spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
const { ECS_AGENT_URI, AWS_ACCESS_KEY_ID } = process.env;
process.on("SIGTERM", () => { console.log(JSON.stringify({ event: "told" })); if (!process.env.STUBBORN) process.exit(0); });
setInterval(() => {}, 1000);
console.log(JSON.stringify({ event: "up", pid: process.pid, ECS_AGENT_URI, AWS_ACCESS_KEY_ID }));
if (process.env.CRASHES) process.exit(3);`;

/** What it says when it is up. */
export interface Up {
  readonly pid: number;
  readonly ECS_AGENT_URI: string;
  readonly AWS_ACCESS_KEY_ID: string;
}

/** Real Runtime API clients, and what the worker makes of each thing that their functions may do. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What the function is told to do, and the outcome that Step Functions must hear. */
export interface Row {
  readonly what: string;
  /** The client's own unless given. */
  readonly handler?: string;
  readonly input?: object;
  /** @default 30 */
  readonly timeoutSeconds?: number;
  /** A function of its own, written when it is needed: no tool reads code that can't be read. */
  readonly source?: { readonly file: string; readonly text: string };
  readonly expected: object;
  /** Words of the cause. */
  readonly cause?: string;
}

export interface Client {
  readonly name: string;
  /** Compiles it into a directory of the test's own. */
  readonly build?: (directory: string) => void;
  /** What is spawned before the handler. `directory`: where it was built. */
  readonly entryPoint: (directory: string) => readonly string[];
  readonly handler: string;
  readonly taskRoot: string;
  /** Undefined: it is here. */
  readonly lacks: string | undefined;
  readonly rows: readonly Row[];
}

const functions = join(__dirname, "functions");
const ric = join(__dirname, "node_modules/aws-lambda-ric");
const failure = (error: string): object => ({ kind: "failure", error });
const success = { kind: "success" };
const CRASH = failure("Runtime.ExitError");
const SILENT_EXIT = "Runtime exited without providing a reason";

/** `input` is of a function that takes a minute. */
const late = (input: object): Row => ({
  what: "runs past its deadline",
  input,
  timeoutSeconds: 1,
  expected: failure("Sandbox.Timedout"),
  cause: "Task timed out after",
});

/** The last bytes that pass, the first that don't, and what Lambda itself would refuse. */
const sizes: readonly Row[] = [
  { what: "answers 262,144 bytes", input: { does: "big", value: 262_142 }, expected: success },
  {
    what: "answers one byte more",
    input: { does: "big", value: 262_143 },
    expected: failure("Function.ResponseSizeTooLarge"),
  },
  {
    what: "answers more than 6 MiB",
    input: { does: "big", value: 7_000_000 },
    expected: failure("Function.ResponseSizeTooLarge"),
  },
];

/** The client's own global is there in nothing but its process. */
const STREAMS = `export const handler = awslambda.streamifyResponse(async ({ does }, stream) => {
  stream.write('{"did":');
  if (does === "throw") throw new RangeError("half way");
  stream.end('"stream"}');
});`;

const node: readonly Row[] = [
  { what: "answers", input: { does: "nothing" }, expected: success },
  { what: "throws", input: { does: "throw" }, expected: failure("RangeError"), cause: "out of range" },
  { what: "throws a string", input: { does: "throw-string" }, expected: failure("string") },
  { what: "throws an object", input: { does: "throw-object" }, expected: failure("object") },
  { what: "returns a BigInt", input: { does: "bigint" }, expected: failure("Runtime.JSONStringifyError") },
  { what: "lacks its module", handler: "absent.handler", expected: failure("Runtime.ImportModuleError") },
  { what: "lacks its handler", handler: "index.absent", expected: failure("Runtime.HandlerNotFound") },
  {
    what: "has wrong syntax",
    handler: "syntax.handler",
    source: { file: "syntax.mjs", text: "export const handler = async ( => 1;" },
    expected: failure("Runtime.UserCodeSyntaxError"),
  },
  { what: "throws at init", handler: "throws.handler", expected: failure("RangeError") },
  {
    what: "calls process.exit(7)",
    input: { does: "exit", value: 7 },
    expected: CRASH,
    cause: "exit status 7",
  },
  { what: "calls process.exit(0)", input: { does: "exit", value: 0 }, expected: CRASH, cause: SILENT_EXIT },
  { what: "leaves an exception uncaught", input: { does: "uncaught" }, expected: CRASH },
  { what: "leaves a rejection unhandled", input: { does: "reject-unhandled" }, expected: CRASH },
  { what: "never settles", input: { does: "never" }, expected: CRASH, cause: SILENT_EXIT },
  late({ does: "wait", value: 60_000 }),
  ...sizes,
  {
    what: "streams its response",
    handler: "streams.handler",
    source: { file: "streams.mjs", text: STREAMS },
    input: {},
    expected: { kind: "success", output: '{"did":"stream"}' },
  },
  {
    what: "fails half way of a stream",
    handler: "streams.handler",
    source: { file: "streams.mjs", text: STREAMS },
    input: { does: "throw" },
    expected: failure("RangeError"),
    cause: "half way",
  },
];

const python: readonly Row[] = [
  { what: "answers", input: { does: "nothing" }, expected: success },
  { what: "raises", input: { does: "throw" }, expected: failure("ValueError"), cause: "stackTrace" },
  { what: "returns what JSON has not", input: { does: "unserializable" }, expected: failure("TypeError") },
  {
    what: "calls sys.exit(5)",
    input: { does: "sys-exit", value: 5 },
    expected: CRASH,
    cause: "exit status 5",
  },
  { what: "calls os._exit(0)", input: { does: "os-exit", value: 0 }, expected: CRASH, cause: SILENT_EXIT },
  { what: "lacks its module", handler: "absent.act", expected: failure("Runtime.ImportModuleError") },
  { what: "lacks its handler", handler: "acts.absent", expected: failure("Runtime.HandlerNotFound") },
  {
    what: "has wrong syntax",
    handler: "syntax.act",
    source: { file: "syntax.py", text: "def act(event, _context" },
    expected: failure("Runtime.UserCodeSyntaxError"),
  },
  { what: "raises at init", handler: "throws_at_init.act", expected: failure("RuntimeError") },
  late({ does: "wait", value: 60_000 }),
  ...sizes,
];

const bash: readonly Row[] = [
  { what: "answers form-urlencoded", input: { does: "a=b&c" }, expected: success },
  { what: "fails", input: { does: "throw" }, expected: failure("Shell.Failed"), cause: "on purpose" },
  { what: "fails without a type", input: { does: "no-type" }, expected: failure("Lambda.Unknown") },
  { what: "prints into /dev/stderr", input: { does: "print" }, expected: success },
  { what: "exits", input: { does: "exit" }, expected: CRASH, cause: "exit status 3" },
  { what: "is killed", input: { does: "killed" }, expected: CRASH, cause: "signal: killed" },
  { what: "answers no JSON", input: { does: "not-json" }, expected: failure("Runtime.InvalidOutput") },
  { what: "fails at init", handler: "broken", expected: failure("Init.Broken") },
  late({ does: "hang" }),
  ...sizes,
];

const go: readonly Row[] = [
  { what: "answers", input: { does: "nothing" }, expected: success },
  { what: "fails", input: { does: "throw" }, expected: failure("outOfRange"), cause: "out of range" },
  {
    what: "fails at length, in a header too",
    input: { does: "throw-big", value: 400_000 },
    expected: failure("outOfRange"),
  },
  { what: "panics", input: { does: "panic" }, expected: failure("outOfRange"), cause: "on purpose" },
  { what: "exits", input: { does: "exit", value: 7 }, expected: CRASH, cause: "exit status 7" },
  { what: "exits with 0", input: { does: "exit", value: 0 }, expected: CRASH, cause: SILENT_EXIT },
  { what: "is killed", input: { does: "killed" }, expected: CRASH, cause: "signal: killed" },
  { what: "panics at init", handler: "broken", expected: CRASH, cause: "exit status 2" },
  { what: "asks for a SIGTERM before its end", handler: "sigterm", input: {}, expected: success },
  { what: "answers no JSON", input: { does: "not-json" }, expected: failure("Runtime.InvalidOutput") },
  {
    what: "fails half way of a response",
    input: { does: "break" },
    expected: failure("outOfRange"),
    cause: "half way",
  },
  late({ does: "wait", value: 60_000 }),
  ...sizes,
];

export const clients: readonly Client[] = [
  {
    name: "aws-lambda-ric 4.0.2 (Node)",
    entryPoint: () => [process.execPath, join(ric, "index.mjs")],
    handler: "index.act",
    taskRoot: join(__dirname, "../worker/functions"),
    lacks: existsSync(join(ric, "rapid-client.node"))
      ? undefined
      : "aws-lambda-ric is not built; run npm ci in test/clients",
    rows: node,
  },
  {
    name: "bash and curl",
    entryPoint: () => ["bash", join(functions, "bootstrap.sh")],
    handler: "handler",
    taskRoot: functions,
    lacks: without("bash", "curl"),
    rows: bash,
  },
  {
    name: "Python's standard library",
    entryPoint: () => ["python3", join(functions, "python_bootstrap.py")],
    handler: "acts.act",
    taskRoot: functions,
    lacks: without("python3"),
    rows: python,
  },
  {
    name: "Go's standard library",
    build(directory) {
      const made = spawnSync("go", ["build", "-o", join(directory, "bootstrap"), "bootstrap.go"], {
        cwd: functions,
        encoding: "utf8",
      });
      if (made.status !== 0) throw new Error(`bootstrap.go can't be built: ${made.stderr}`);
    },
    entryPoint: (directory) => [join(directory, "bootstrap")],
    handler: "bootstrap",
    taskRoot: functions,
    lacks: spawnSync("go", ["version"]).status === 0 ? undefined : "no go here",
    rows: go,
  },
];

function without(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => spawnSync(program, ["--version"]).status !== 0);
  return missing.length === 0 ? undefined : `no ${missing.join(", ")} here`;
}

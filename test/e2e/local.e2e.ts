/** `npm run local` by Debian's AWS CLI and by SDKs, as docs/local-endpoints.md has it. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { interrupt, lastLine, npmRun, type Command } from "./command";
import { commandsOf, patternOf, writeFiles } from "./page";

const root = resolve(__dirname, "../..");
const PAGE = join(root, "docs/local-endpoints.md");
/** Debian's, whatever else there may be in the PATH. */
const AWS = "/usr/bin/aws";
/** Older than AWS_ENDPOINT_URL, as the page says. */
const SHELL_FUNCTION = `aws() { ${AWS} --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }`;
const BETWEEN = "--- next command ---";

let directory: string;
let command: Command | null = null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-local-"));
  writeFiles(PAGE, directory);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
});
afterEach(async () => {
  if (command?.child.exitCode === null) interrupt(command);
  await command?.ended;
  command = null;
  rmSync(directory, { recursive: true });
});

interface Ready {
  readonly endpoint: string;
}

async function serve(...args: readonly string[]): Promise<Ready> {
  command = npmRun("local", "--port", "0", "--json", ...args);
  const [line] = await command.says(/^\{.*\}$/m);
  return JSON.parse(line) as Ready;
}

function environment({ endpoint }: Ready): NodeJS.ProcessEnv {
  return {
    PATH: [join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(":"),
    HOME: directory,
    LANG: "C.UTF-8",
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_PAGER: "",
  };
}

/** One shell for all, since the page's variables live on; asynchronous, so that this process goes on. */
function outputs(texts: readonly string[], ready: Ready): Promise<readonly string[]> {
  const script = [SHELL_FUNCTION, ...texts.flatMap((text) => [text, `echo '${BETWEEN}'`])].join("\n");
  return new Promise((done) => {
    const shell = spawn("bash", ["-c", `{ ${script}\n} 2>&1`], { cwd: directory, env: environment(ready) });
    let output = "";
    shell.stdout.on("data", (chunk) => (output += String(chunk)));
    shell.once("close", () => {
      done(output.split(`${BETWEEN}\n`).map((text) => text.replace(/\n$/, "")));
    });
  });
}

const canInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
const lacks = existsSync(AWS) || canInstall ? "" : ` (skipped: no ${AWS} here, install Debian's awscli)`;

(lacks === "" ? describe : describe.skip)(`the endpoints by Debian's AWS CLI${lacks}`, () => {
  beforeAll(() => {
    if (existsSync(AWS)) return;
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = { env: environment, stdio: "ignore" } as const;
    execFileSync("apt-get", ["update", "-q"], options);
    execFileSync("apt-get", ["install", "-q", "--yes", "--no-install-recommends", "awscli"], options);
  });

  test.each([
    ["plain", []],
    ["functions", ["--functions", "functions.yaml"]],
    ["policies", ["--policies", "policies.yaml"]],
  ] as const)("the page shows what its commands print: %s", async (name, files) => {
    const commands = commandsOf(PAGE, name);
    expect(commands.length).toBeGreaterThan(3);
    const ready = await serve(...files.map((file) => (file.startsWith("--") ? file : join(directory, file))));
    const printed = await outputs(
      commands.map(({ text }) => text),
      ready,
    );
    // The command stands before its output, so that a difference says which one it is.
    commands.forEach((each, index) => {
      expect({ command: each.text, output: printed[index] }).toEqual({
        command: each.text,
        output: expect.stringMatching(patternOf(each)) as string,
      });
    });
  });

  test("with --state they go on where they were killed", async () => {
    const state = join(directory, "state");
    const machine = "arn:aws:states:us-east-1:123456789012:stateMachine:hello";
    const queueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/work";
    const first = await serve("--state", state);
    await outputs(
      [
        "aws stepfunctions create-activity --name greet",
        "aws stepfunctions create-state-machine --name hello --definition file://hello.json --role-arn arn:aws:iam::123456789012:role/any",
        `aws stepfunctions start-execution --state-machine-arn ${machine} --name first`,
        "aws s3 mb s3://kept && aws s3 cp hello.json s3://kept/hello.json",
        `aws sqs create-queue --queue-name work && aws sqs send-message --queue-url ${queueUrl} --message-body kept`,
        "aws ssm put-parameter --name /greeting --type String --value Hello",
      ],
      first,
    );
    if (command?.child.pid !== undefined) process.kill(-command.child.pid, "SIGKILL");
    await command?.ended;
    const [status, listed, message, parameter] = await outputs(
      [
        "aws stepfunctions describe-execution --query status --output text --execution-arn arn:aws:states:us-east-1:123456789012:execution:hello:first",
        "aws s3 cp s3://kept/hello.json - | cmp - hello.json && echo the same",
        `aws sqs receive-message --queue-url ${queueUrl} --query 'Messages[].Body' --output text`,
        "aws ssm get-parameter --name /greeting --query Parameter.Value --output text",
      ],
      await serve("--state", state),
    );
    expect([status, listed, message, parameter]).toEqual(["RUNNING", "the same", "kept", "Hello"]);
  });
});

describe("npm run local", () => {
  test("ends cleanly by Ctrl-C, answering the polls that are open", async () => {
    const ready = await serve();
    const body = JSON.stringify({ name: "greet" });
    const call = (operation: string, input: string): Promise<Response> =>
      fetch(ready.endpoint, {
        method: "POST",
        body: input,
        headers: {
          "X-Amz-Target": `AWSStepFunctions.${operation}`,
          Authorization: "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/states/aws4_request",
        },
      });
    const { activityArn } = (await (await call("CreateActivity", body)).json()) as { activityArn: string };
    const poll = call("GetActivityTask", JSON.stringify({ activityArn }));
    // The poll is open when a call that came after it has been answered.
    await call("ListActivities", "{}");
    if (command !== null) interrupt(command);
    expect(await (await poll).json()).toEqual({ taskToken: null, input: null });
    const ended = await command?.ended;
    expect(ended?.exitCode).toBe(0);
    await expect(fetch(ready.endpoint)).rejects.toThrow();
  });

  test("names a port that is taken, with exit code 2", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const port = String((server.address() as AddressInfo).port);
    const ended = await npmRun("local", "--port", port, "--json").ended;
    server.close();
    expect(ended.exitCode).toBe(2);
    expect(lastLine(ended)).toEqual({
      endpoint: null,
      error: { name: "PortTaken", cause: expect.stringContaining(`Port ${port} on 127.0.0.1`) as string },
    });
  });

  test.each([
    ["users: [", /--policies \S+: it is neither YAML nor JSON/],
    ["{}\nusers: {}", /--policies \S+: it is neither YAML nor JSON/],
    ["people: {}", /--policies \S+: Unrecognized key: "people"/],
    ["users: { ada: { secretAccessKey: x } }", /users\.ada\.accessKeyId: /],
    [
      "roles: { w: { trust: { Version: '2012-10-17', Statement: { Effect: Perhaps } } } }",
      /roles\.w\.trust is not a policy document that IAM takes: statement 1 has an Effect/,
    ],
  ])("refuses the policies %j by one line that names the key", async (text, line) => {
    const file = join(directory, "wrong.yaml");
    writeFileSync(file, text);
    const ended = await npmRun("local", "--policies", file).ended;
    expect(ended.stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(line) as string]);
    expect(ended.exitCode).toBe(2);
  });

  test.each([
    ["greet: {}", /greet: must have one of handler, command and url/],
    ["greet: { handler: index }", /greet\.handler: must be FILE\.EXPORT/],
    ["greet: { handler: index.handler, directory: nowhere }", /greet\.directory: there is no \S+nowhere/],
    ["greet: { url: 'ftp://x' }", /greet\.url: must be an http URL/],
  ])("refuses the functions %j by one line that names the key", async (text, line) => {
    const file = join(directory, "wrong.yaml");
    writeFileSync(file, text);
    const ended = await npmRun("local", "--functions", file).ended;
    expect(ended.stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(line) as string]);
    expect(ended.exitCode).toBe(2);
  });

  test("refuses an account that is none, with exit code 2", async () => {
    const ended = await npmRun("local", "--account-id", "12").ended;
    expect(ended.stderr).toMatch(/--account-id.*'12'.*twelve digits/);
    expect(ended.exitCode).toBe(2);
  });
});

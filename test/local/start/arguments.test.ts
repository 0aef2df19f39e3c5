import { existsSync } from "node:fs";
import { parseArguments } from "../../../local/start/arguments";

/** Commander explains wrong usage on standard error; the tests need not show it. */
beforeEach(() => {
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test("without arguments the dev stack runs on the Hubble image and stays up", () => {
  const parsed = parseArguments([]);
  expect(parsed).toMatchObject({
    stack: "dev",
    once: false,
    json: false,
    threshold: 60,
    minArea: 9,
    tileSize: 256,
    port: 0,
    console: true,
  });
  expect(existsSync(parsed.image)).toBe(true);
});

test("every argument changes its own setting", () => {
  const text =
    "--stack prod --once --json --image a.png --threshold 0 --min-area 1 --tile-size 64 --port 4566 --console-port 4567 --no-console --minute-seconds 60 --docker " +
    "--fault throttle=5% --fault s3.delay=200ms --seed 7 --start-delay ec2=20s --start-delay fargate=1s " +
    "--metric-delay 5s..10s --log-delay 1s --iam strict";
  expect(parseArguments(text.split(" "))).toEqual({
    stack: "prod",
    once: true,
    json: true,
    image: "a.png",
    threshold: 0,
    minArea: 1,
    tileSize: 64,
    port: 4566,
    consolePort: 4567,
    console: false,
    docker: true,
    minuteSeconds: 60,
    fault: [
      { kind: "throttle", service: null, amount: 0.05 },
      { kind: "delay", service: "s3", amount: 200 },
    ],
    seed: 7,
    startDelay: { ec2: 20, fargate: 1 },
    metricDelay: { leastMs: 5_000, mostMs: 10_000 },
    logDelay: { leastMs: 1_000, mostMs: 1_000 },
    iam: "strict",
  });
});

test.each([
  { argv: ["--threshold", "256"], message: /--threshold.*256.*0 to 255/ },
  { argv: ["--threshold", "-1"], message: /0 to 255/ },
  { argv: ["--min-area", "0"], message: /1 or more/ },
  { argv: ["--tile-size", "6.5"], message: /whole number/ },
  { argv: ["--port", "70000"], message: /0 to 65535/ },
  { argv: ["--minute-seconds", "0"], message: /1 or more/ },
  { argv: ["--fault", "throtle=5%"], message: /--fault.*one of throttle, 5xx.*got "throtle=5%"/ },
  { argv: ["--fault", "throttle=lots"], message: /0% to 100%/ },
  { argv: ["--start-delay", "moon=20s"], message: /fargate, ec2, managed-instances/ },
  { argv: ["--start-delay", "ec2=20"], message: /ec2=20s/ },
  { argv: ["--metric-delay", "10s..5s"], message: /5s\.\.10s/ },
  { argv: ["--state", ""], message: /--state.*a path/ },
  { argv: ["--image", " "], message: /--image.*a path/ },
  { argv: ["--colour"], message: /unknown option '--colour'/ },
  { argv: ["prod"], message: /too many arguments/ },
])("$argv is wrong usage, and the message says what is allowed", ({ argv, message }) => {
  expect(() => parseArguments(argv)).toThrow(
    expect.objectContaining({ exitCode: 1, message: expect.stringMatching(message) as string }),
  );
});

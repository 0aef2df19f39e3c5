/** What the documentation says of distributed Maps. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccess } from "../../../local/cloud/access";
import { createS3, type S3 } from "../../../local/cloud/s3/s3";
import type { CloudResponse } from "../../../local/cloud/service";
import { createManualClock } from "../states/manual-clock";
import { FUNCTION, fails, only, refuses, run, types, type Environment, type Run } from "./machine";

const PASS = { Type: "Pass", End: true };
const TASK = { Type: "Task", Resource: FUNCTION, End: true };
const DISTRIBUTED = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
const GET = "arn:aws:states:::s3:getObject";
const distributed = (fields: object, inner: object = PASS, top: object = {}): object =>
  only(
    {
      Type: "Map",
      ItemProcessor: { ProcessorConfig: DISTRIBUTED, StartAt: "I", States: { I: inner } },
      End: true,
      ...fields,
    },
    top,
  );
const reader = (config: object, top: object = {}): object => ({
  ItemReader: { Resource: GET, ReaderConfig: config, Parameters: { Bucket: "b", "Key.$": "$.key" }, ...top },
});

let directory: string;
let s3: S3;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "loveless-test-"));
  s3 = createS3({ access: createAccess(), clock: createManualClock(), directory });
  s3.createBucket("b");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function send(method: string, key: string, body = "", query = {}): Promise<CloudResponse> {
  return s3.service.handle({
    method,
    path: `/b/${key}`,
    query: new URLSearchParams(query),
    headers: {},
    body: Buffer.from(body),
    caller: { arn: "arn:aws:iam::123456789012:user/laptop" },
    signal: new AbortController().signal,
  });
}

async function read(key: string): Promise<unknown> {
  return JSON.parse(String((await send("GET", key)).body));
}

function runWithS3(definition: object, input: unknown, environment: Environment = {}): Promise<Run> {
  return run(definition, input, {
    ...environment,
    service: (name) => (name === "s3" ? s3.service : undefined),
  });
}

describe("a distributed Map that breaks a clause is refused", () => {
  refuses([
    [
      "ProcessorConfig",
      "ExecutionType MUST be there",
      distributed({
        ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, StartAt: "I", States: { I: PASS } },
      }),
    ],
    [
      "ProcessorConfig",
      "ExecutionType is STANDARD or EXPRESS",
      distributed({
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "FAST" },
          StartAt: "I",
          States: { I: PASS },
        },
      }),
    ],
    [
      "ItemReader",
      "its Resource is getObject or listObjectsV2",
      distributed({ ItemReader: { Resource: FUNCTION } }),
    ],
    ["ItemReader", "InputType MUST be there", distributed(reader({}))],
    ["ItemReader", "CSVHeaderLocation MUST be there for CSV", distributed(reader({ InputType: "CSV" }))],
    [
      "ItemReader",
      "CSVHeaders MUST be there for GIVEN",
      distributed(reader({ InputType: "CSV", CSVHeaderLocation: "GIVEN" })),
    ],
    [
      "ItemReader",
      "MaxItems and MaxItemsPath MUST NOT both be there",
      distributed(reader({ InputType: "JSON", MaxItems: 1, MaxItemsPath: "$.m" })),
    ],
    [
      "ItemBatcher",
      "MaxItemsPerBatch or MaxInputBytesPerBatch MUST be there",
      distributed({ ItemBatcher: { BatchInput: {} } }),
    ],
    [
      "ResultWriter",
      "its Resource is putObject",
      distributed({ ResultWriter: { Resource: GET, Parameters: {} } }),
    ],
    [
      "Tolerated failures",
      "a percentage is between 0 and 100",
      distributed({ ToleratedFailurePercentage: 100.5 }),
    ],
    ["Label", "has at most 40 characters", distributed({ Label: "x".repeat(41) })],
    [
      "ItemReader",
      "an inline Map has none",
      only({
        Type: "Map",
        ...reader({ InputType: "JSON" }),
        ItemProcessor: { StartAt: "I", States: { I: PASS } },
        End: true,
      }),
    ],
  ]);
});

test("each item is the input of a child, and the output is theirs in order of the items", async () => {
  const { output, events } = await run(
    distributed({}, { Type: "Wait", SecondsPath: "$", End: true }),
    [2, 1],
  );
  expect(output).toEqual([2, 1]);
  expect(types(events)).toEqual([
    "ExecutionStarted",
    "MapStateEntered",
    "MapStateStarted",
    "MapRunStarted",
    "MapRunSucceeded",
    "MapStateSucceeded",
    "MapStateExited",
    "ExecutionSucceeded",
  ]);
});

test("MaxConcurrency bounds how many children run at once", async () => {
  const { seconds } = await run(
    distributed({ MaxConcurrency: 1 }, { Type: "Wait", Seconds: 2, End: true }),
    [1, 2, 3],
  );
  expect(seconds).toBe(6);
});

test("the Label is in the ARN of the Map Run", async () => {
  const { events } = await run(distributed({ Label: "tiles" }), [1]);
  expect(events[3]?.details?.["mapRunArn"]).toMatch(
    /^arn:aws:states:eu-west-1:123456789012:mapRun:m\/tiles:[0-9a-f-]{36}$/,
  );
});

test.each([
  ["one failure is too many by default", {}, 1, "States.ExceedToleratedFailureThreshold"],
  ["a count is tolerated", { ToleratedFailureCount: 1 }, 1, undefined],
  ["more than the count is not", { ToleratedFailureCount: 1 }, 2, "States.ExceedToleratedFailureThreshold"],
  ["a percentage is tolerated", { ToleratedFailurePercentage: 25 }, 1, undefined],
  [
    "more than the percentage is not",
    { ToleratedFailurePercentage: 24 },
    1,
    "States.ExceedToleratedFailureThreshold",
  ],
  ["a count from a path", { ItemsPath: "$.i", ToleratedFailureCountPath: "$.c" }, 2, undefined],
])("tolerated failures: %s", async (_says, fields, failures, error) => {
  const answers = Array.from({ length: failures }, () => fails("E"));
  const input = "ItemsPath" in fields ? { i: [1, 2, 3, 4], c: 2 } : [1, 2, 3, 4];
  const {
    error: found,
    events,
    output,
  } = await run(distributed({ MaxConcurrency: 1, ...fields }, TASK), input, { answers });
  expect(found).toBe(error);
  if (error === undefined) expect(output).toEqual([1, 2, 3, 4].slice(failures));
  else expect(types(events).slice(-3)).toEqual(["MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
});

test("a bound out of range fails the state", async () => {
  const definition = distributed({ ItemsPath: "$.i", ToleratedFailurePercentagePath: "$.p" });
  const { error, cause } = await run(definition, { i: [1], p: 101 });
  expect([error, cause]).toEqual(["States.Runtime", expect.stringContaining("must be between 0 and 100.")]);
});

test.each([
  ["by number", { MaxItemsPerBatch: 2 }, [{ Items: [1, 2] }, { Items: [3] }]],
  ["by bytes", { MaxInputBytesPerBatch: 15 }, [{ Items: [1, 2] }, { Items: [3] }]],
  [
    "with a BatchInput",
    { MaxItemsPerBatch: 3, BatchInput: { "n.$": "$[0]" } },
    [{ BatchInput: { n: 1 }, Items: [1, 2, 3] }],
  ],
])("ItemBatcher batches %s", async (_how, batcher, output) => {
  const found = await run(distributed({ ItemBatcher: batcher }), [1, 2, 3]);
  expect(found.output).toEqual(output);
});

test("an item that no batch has room for fails the run", async () => {
  const { error } = await run(distributed({ ItemBatcher: { MaxInputBytesPerBatch: 14 } }), ["a long item"]);
  expect(error).toBe("States.ItemReaderFailed");
});

test.each([
  ["a JSON array", "items.json", "[1, 2]", { InputType: "JSON" }, [1, 2]],
  ["JSON lines", "items.jsonl", '{"a":1}\n\n{"a":2}\n', { InputType: "JSONL" }, [{ a: 1 }, { a: 2 }]],
  [
    "a CSV with headers in the first row",
    "items.csv",
    'a,b\r\n1,"x, ""y"""\r\n2,\r\n',
    { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
    [
      { a: "1", b: 'x, "y"' },
      { a: "2", b: "" },
    ],
  ],
  [
    "a CSV with given headers",
    "items.csv",
    "1,2\n3,4\n",
    { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["p", "q"] },
    [
      { p: "1", q: "2" },
      { p: "3", q: "4" },
    ],
  ],
  [
    "a CSV with another delimiter",
    "items.csv",
    "a|b\n1|2\n",
    { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW", CSVDelimiter: "PIPE" },
    [{ a: "1", b: "2" }],
  ],
  ["at most MaxItems", "items.json", "[1, 2, 3]", { InputType: "JSON", MaxItems: 2 }, [1, 2]],
  ["at most MaxItemsPath", "items.json", "[1, 2, 3]", { InputType: "JSON", MaxItemsPath: "$.most" }, [1]],
])("ItemReader reads %s", async (_what, key, content, config, output) => {
  await send("PUT", key, content);
  const found = await runWithS3(distributed(reader(config)), { key, most: 1 });
  expect(found.output).toEqual(output);
});

test("ItemReader lists objects", async () => {
  await send("PUT", "in/a.txt", "abc");
  await send("PUT", "other.txt", "x");
  const list = { Resource: "arn:aws:states:::s3:listObjectsV2", Parameters: { Bucket: "b", Prefix: "in/" } };
  const { output } = await runWithS3(distributed({ ItemReader: list }), {});
  expect(output).toEqual([expect.objectContaining({ Key: "in/a.txt", Size: 3, StorageClass: "STANDARD" })]);
});

test.each([
  [
    "an object that is no array",
    '{"a":1}',
    { InputType: "JSON" },
    "Attempting to map over non-iterable node.",
  ],
  [
    "headers that repeat",
    "a,a\n1,2\n",
    { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
    "CSV headers cannot contain duplicates.",
  ],
  ["an object that is not there", null, { InputType: "JSON" }, "The specified key does not exist."],
  [
    "a negative MaxItems",
    "[1]",
    { InputType: "JSON", MaxItemsPath: "$.most" },
    "field MaxItems must be positive",
  ],
])("ItemReader fails for %s", async (_what, content, config, cause) => {
  if (content !== null) await send("PUT", "items", content);
  const found = await runWithS3(distributed(reader(config)), { key: "items", most: -1 });
  expect([found.error, found.cause]).toEqual(["States.ItemReaderFailed", expect.stringContaining(cause)]);
  expect(types(found.events)).toContain("MapRunFailed");
});

test("in JSONata the reader's Arguments and the selector are expressions", async () => {
  await send("PUT", "k", "[5, 6]");
  const fields = {
    ItemReader: {
      Resource: GET,
      ReaderConfig: { InputType: "JSON", MaxItems: "{% 1 %}" },
      Arguments: { Bucket: "b", Key: "{% $states.input.key %}" },
    },
    ItemSelector: { v: "{% $states.context.Map.Item.Value %}" },
  };
  const { output } = await runWithS3(distributed(fields, PASS, { QueryLanguage: "JSONata" }), { key: "k" });
  expect(output).toEqual([{ v: 5 }]);
});

test("ResultWriter writes what succeeded and what failed, and a manifest that leads there", async () => {
  const writer = {
    ResultWriter: { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "b", Prefix: "out" } },
  };
  const { output } = await runWithS3(
    distributed({ ...writer, ToleratedFailureCount: 1, MaxConcurrency: 1 }, TASK),
    [1, 2],
    { answers: [fails("E", "why")] },
  );
  const { MapRunArn, ResultWriterDetails } = output as {
    MapRunArn: string;
    ResultWriterDetails: { Bucket: string; Key: string };
  };
  expect(ResultWriterDetails).toEqual({
    Bucket: "b",
    Key: `out/${MapRunArn.split(":").at(-1) ?? ""}/manifest.json`,
  });
  const { ResultFiles } = (await read(ResultWriterDetails.Key)) as {
    ResultFiles: Record<string, { Key: string }[]>;
  };
  expect(ResultFiles["PENDING"]).toEqual([]);
  expect(await read(ResultFiles["SUCCEEDED"]?.[0]?.Key ?? "")).toEqual([
    expect.objectContaining({ Input: "2", Output: "2", Status: "SUCCEEDED" }),
  ]);
  expect(await read(ResultFiles["FAILED"]?.[0]?.Key ?? "")).toEqual([
    expect.objectContaining({ Input: "1", Error: "E", Cause: "why", Status: "FAILED" }),
  ]);
});

test("ResultWriter without a place transforms the state's own output", async () => {
  const flatten = { ResultWriter: { WriterConfig: { Transformation: "FLATTEN", OutputType: "JSON" } } };
  expect((await run(distributed(flatten), [[1], [2, 3]])).output).toEqual([1, 2, 3]);
});

test("ResultWriter fails where it can't write", async () => {
  const writer = {
    ResultWriter: { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "none", Prefix: "" } },
  };
  expect((await runWithS3(distributed(writer), [1])).error).toBe("States.ResultWriterFailed");
});

test("children of type EXPRESS run as well", async () => {
  const express = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
    StartAt: "I",
    States: { I: PASS },
  };
  expect((await run(distributed({ ItemProcessor: express }), [1, 2])).output).toEqual([1, 2]);
});

test("10,000 items take a few seconds", async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => index);
  expect((await run(distributed({}), items)).output).toHaveLength(10_000);
});

/** CloudWatch by the query protocol. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html */
import { element, textElement, type Node, type QueryProtocol } from "./form";

/** What is a number, an instant or a truth value in CloudWatch's inputs, by its name; the rest is text. */
const NUMBERS = new Set([
  "Period",
  "Value",
  "Values",
  "Counts",
  "SampleCount",
  "Sum",
  "Minimum",
  "Maximum",
  "MaxDatapoints",
  "StorageResolution",
]);
const INSTANTS = new Set(["StartTime", "EndTime", "Timestamp"]);
const TRUTHS = new Set(["ReturnData"]);

export const cloudWatchQuery: QueryProtocol = {
  targetPrefix: "GraniteServiceVersion20100801",
  namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  input: (_operation, form) => typed(form, "") as object,
  result: (_operation, output) =>
    Object.entries(output)
      .map(([name, value]) => written(name, value))
      .join(""),
};

/** A dimension's Value is text, and a datum's a number: only what reads as one becomes one, and dimensions have Name beside. */
function typed(node: Node, name: string): unknown {
  if (typeof node === "string") {
    if (NUMBERS.has(name)) return Number(node);
    if (INSTANTS.has(name)) return Date.parse(node) / 1000;
    return TRUTHS.has(name) ? node === "true" : node;
  }
  if (Array.isArray(node)) return (node as readonly Node[]).map((each) => typed(each, name));
  const fields = Object.entries(node as Readonly<Record<string, Node>>);
  const isDimension = fields.some(([key]) => key === "Name");
  return Object.fromEntries(fields.map(([key, value]) => [key, isDimension ? value : typed(value, key)]));
}

function written(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return element(name, value.map((each) => member(name, each)).join(""));
  if (typeof value === "object") return element(name, fieldsOf(value));
  return textElement(name, value);
}

function member(list: string, value: unknown): string {
  if (typeof value === "object" && value !== null) return element("member", fieldsOf(value));
  const text = list === "Timestamps" ? new Date(Number(value) * 1000).toISOString() : value;
  return textElement("member", text);
}

function fieldsOf(value: object): string {
  return Object.entries(value)
    .map(([name, field]) => written(name, field))
    .join("");
}

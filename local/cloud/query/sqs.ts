/** SQS by the query protocol. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
import { element, textElement, type Node, type QueryProtocol } from "./form";

/** In the form, lists have the name of one of their members; numbers are text. */
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: "AttributeNames",
  MessageAttributeName: "MessageAttributeNames",
  MessageSystemAttributeName: "MessageSystemAttributeNames",
};
/** And maps are lists of entries, with these names for key and value. */
const MAPS: Readonly<Record<string, { readonly field: string; readonly key: string }>> = {
  Attribute: { field: "Attributes", key: "Name" },
  MessageAttribute: { field: "MessageAttributes", key: "Name" },
  Tag: { field: "tags", key: "Key" },
};
const NUMBERS = new Set(["DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds"]);

export const sqsQuery: QueryProtocol = {
  targetPrefix: "AmazonSQS",
  namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  errorCodes: {
    QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
    QueueNameExists: "QueueAlreadyExists",
    MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  },
  input: (_operation, form) =>
    Object.fromEntries(
      Object.entries(form).map(([name, node]) => {
        const map = MAPS[name];
        if (map !== undefined) return [map.field, mapOf(node, map.key)];
        const list = LISTS[name];
        if (list !== undefined) return [list, node];
        return [name, NUMBERS.has(name) ? Number(node) : node];
      }),
    ),
  result: (_operation, output) =>
    Object.entries(output)
      .map(([name, value]) => written(name, value))
      .join(""),
};

function mapOf(node: Node, key: string): Readonly<Record<string, Node>> {
  const entries = (Array.isArray(node) ? node : []) as readonly Readonly<Record<string, Node>>[];
  return Object.fromEntries(entries.map((entry) => [String(entry[key]), entry["Value"] ?? ""]));
}

function written(name: string, value: unknown): string {
  switch (name) {
    case "Messages":
      return (value as readonly object[]).map((message) => element("Message", fieldsOf(message))).join("");
    case "QueueUrls":
      return (value as readonly string[]).map((url) => textElement("QueueUrl", url)).join("");
    case "Attributes":
      return entriesOf(value)
        .map((entry) => element("Attribute", entry))
        .join("");
    case "MessageAttributes":
      return entriesOf(value)
        .map((entry) => element("MessageAttribute", entry))
        .join("");
    default:
      return textElement(name, value);
  }
}

function entriesOf(value: unknown): readonly string[] {
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([name, each]) => {
    const content = typeof each === "object" && each !== null ? fieldsOf(each) : undefined;
    return (
      textElement("Name", name) +
      (content === undefined ? textElement("Value", each) : element("Value", content))
    );
  });
}

function fieldsOf(value: object): string {
  return Object.entries(value)
    .map(([name, field]) => written(name, field))
    .join("");
}

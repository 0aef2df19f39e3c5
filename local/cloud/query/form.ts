/**
 * The query protocol of AWS, which older clients speak to CloudWatch and SQS where newer ones speak JSON: a form whose
 * names are paths (`MetricData.member.1.Value`), and answers in XML.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import { randomUUID } from "node:crypto";
import type { CloudRequest, CloudResponse, Service } from "../service";
import { escapeXml } from "../xml";

export type Node = string | { readonly [key: string]: Node } | readonly Node[];

/** How one service's forms and answers differ from its JSON. */
export interface QueryProtocol {
  readonly targetPrefix: string;
  readonly namespace: string;
  /** Errors that have another name here than in JSON. */
  readonly errorCodes?: Readonly<Record<string, string>>;
  /** What the JSON operation takes, from what the form says. */
  input(operation: string, form: Readonly<Record<string, Node>>): object;
  /** What the XML says, from what the JSON operation answers. */
  result(operation: string, output: Readonly<Record<string, unknown>>): string;
}

/** A service that speaks both: what comes as a form is turned into JSON, and the answer into XML. */
export function withQueryProtocol(service: Service, protocol: QueryProtocol): Service {
  return {
    signingName: service.signingName,
    async handle(request) {
      if (!String(request.headers["content-type"]).startsWith("application/x-www-form-urlencoded"))
        return service.handle(request);
      const { Action: action = "", ...form } = parseForm(request.body.toString("utf8"));
      const operation = typeof action === "string" ? action : "";
      const answer = await service.handle(asJson(request, protocol, operation, form));
      return asXml(answer, protocol, operation);
    },
  };
}

function asJson(
  request: CloudRequest,
  protocol: QueryProtocol,
  operation: string,
  form: Readonly<Record<string, Node>>,
): CloudRequest {
  const headers = { ...request.headers, "x-amz-target": `${protocol.targetPrefix}.${operation}` };
  return {
    ...{ method: request.method, path: request.path, query: request.query, caller: request.caller },
    headers,
    body: Buffer.from(JSON.stringify(protocol.input(operation, form))),
    get signal() {
      return request.signal;
    },
  };
}

function asXml({ status, body }: CloudResponse, protocol: QueryProtocol, operation: string): CloudResponse {
  const output = JSON.parse(String(body ?? "{}")) as Record<string, unknown>;
  const headers = { "Content-Type": "text/xml" };
  const requestId = `<RequestId>${randomUUID()}</RequestId>`;
  if (status >= 300) {
    const { __type: code, message } = output as { readonly __type: string; readonly message: string };
    const error = `<Error><Type>Sender</Type><Code>${escapeXml(errorCode(protocol, code))}</Code><Message>${escapeXml(message)}</Message></Error>`;
    return {
      status,
      headers,
      body: `<ErrorResponse xmlns="${protocol.namespace}">${error}${requestId}</ErrorResponse>`,
    };
  }
  const result = `<${operation}Result>${protocol.result(operation, output)}</${operation}Result>`;
  const metadata = `<ResponseMetadata>${requestId}</ResponseMetadata>`;
  return {
    status,
    headers,
    body: `<${operation}Response xmlns="${protocol.namespace}">${result}${metadata}</${operation}Response>`,
  };
}

function errorCode({ errorCodes }: QueryProtocol, code: string): string {
  return code === "AccessDeniedException" ? "AccessDenied" : (errorCodes?.[code] ?? code);
}

/** `A.member.1.B=x` is `{ A: [{ B: "x" }] }`; numbered parts without `member` are a list as well. */
export function parseForm(text: string): Readonly<Record<string, Node>> {
  const root = new Map<string, Branch | string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const words = name.split(".");
    const last = words.pop() ?? "";
    let branch = root;
    for (const word of words) {
      const next = branch.get(word);
      const below: Branch = next instanceof Map ? next : new Map<string, Branch | string>();
      branch.set(word, below);
      branch = below;
    }
    branch.set(last, value);
  }
  return Object.fromEntries([...root].map(([name, branch]) => [name, nodeOf(branch)]));
}

type Branch = Map<string, Branch | string>;

function nodeOf(branch: Branch | string): Node {
  if (typeof branch === "string") return branch;
  const only = branch.get("member");
  if (only instanceof Map && branch.size === 1) return nodeOf(only);
  const entries = [...branch];
  if (entries.every(([name]) => /^\d+$/.test(name)))
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, below]) => nodeOf(below));
  return Object.fromEntries(entries.map(([name, below]) => [name, nodeOf(below)]));
}

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

export function textElement(name: string, text: unknown): string {
  return element(name, escapeXml(String(text)));
}

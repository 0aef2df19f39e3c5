/** How S3 answers: in XML, also where it refuses. */
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";
import { escapeXml } from "../xml";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** `content` stands in the element `root`. */
export function xmlAnswer(root: string, content: string): CloudResponse {
  const body = `${DECLARATION}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
  return { status: 200, headers: { "Content-Type": "application/xml" }, body };
}

/** Elements with text, in the order given. */
export function xmlFields(fields: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join("");
}

export function errorResponse(error: ServiceError, request: CloudRequest, requestId: string): CloudResponse {
  const headers = { "Content-Type": "application/xml", "x-amz-request-id": requestId };
  if (request.method === "HEAD") return { status: error.status, headers };
  const words = xmlFields({ Code: error.code, Message: error.message, Resource: request.path });
  const body = `${DECLARATION}<Error>${words}<RequestId>${requestId}</RequestId></Error>`;
  return { status: error.status, headers, body };
}

export function notImplemented(operation: string): ServiceError {
  return new ServiceError(
    "NotImplemented",
    `The local cloud's S3 has no ${operation}; docs/local-cloud.md lists its operations.`,
    501,
  );
}

export function noSuchKey(): ServiceError {
  return new ServiceError("NoSuchKey", "The specified key does not exist.", 404);
}

export function malformedXml(): ServiceError {
  return new ServiceError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}

export function preconditionFailed(): ServiceError {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new ServiceError("PreconditionFailed", message, 412);
}

export function invalidArgument(message: string): ServiceError {
  return new ServiceError("InvalidArgument", message);
}

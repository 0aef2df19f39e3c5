/**
 * The part of Lambda's Extensions API that has a counterpart here: a client that wants a SIGTERM before its end registers
 * an extension for no events at all. Go does so where told to, Rust too, and ends if it is refused; the Lambda Web
 * Adapter does so always. Every function process gets that SIGTERM from the worker anyway.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-reg
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { read, refuse, reply } from "./runtime-messages";

const REGISTER = "/2020-01-01/extension/register";
/** Of a registration. */
const LIMIT_BYTES = 65_536;
const EVENT_NEXT = "/2020-01-01/extension/event/next";

export interface InternalExtensions {
  /** Whether this request was taken; all else of the Extensions API is the caller's to refuse. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface InternalExtensionsOptions {
  readonly functionName: string;
  readonly handler: string;
  /** Refuses one that wants events: there are none to be had. */
  readonly onEventsWanted: (request: IncomingMessage, response: ServerResponse) => void;
}

export function createInternalExtensions(options: InternalExtensionsOptions): InternalExtensions {
  const identifiers = new Set<string>();

  const register = (request: IncomingMessage, response: ServerResponse): void => {
    read(request, LIMIT_BYTES, (body) => {
      if (body === null) return;
      if (!wantsNoEvents(body.text)) options.onEventsWanted(request, response);
      else if (request.headers["lambda-extension-name"] === undefined)
        refuse(response, 403, "Extension.InvalidExtensionName", "Empty extension name");
      else {
        const identifier = randomUUID();
        identifiers.add(identifier);
        response.setHeader("Lambda-Extension-Identifier", identifier);
        const { functionName, handler } = options;
        reply(response, 200, JSON.stringify({ functionName, functionVersion: "$LATEST", handler }));
      }
    });
  };

  return {
    take(request, response) {
      const { method, url, headers } = request;
      if (method === "POST" && url === REGISTER) register(request, response);
      else if (method === "GET" && url === EVENT_NEXT) {
        const identifier = String(headers["lambda-extension-identifier"]);
        // Held until the process ends: no event comes.
        if (!identifiers.has(identifier))
          refuse(
            response,
            403,
            "Extension.UnknownExtensionIdentifier",
            "No extension with this identifier is registered.",
          );
      } else return false;
      return true;
    },
  };
}

/** `{"events":[]}`; Go writes its empty list as null. */
function wantsNoEvents(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || !("events" in value)) return false;
    return value.events === null || (Array.isArray(value.events) && value.events.length === 0);
  } catch {
    return false;
  }
}

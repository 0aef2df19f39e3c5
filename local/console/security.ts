/**
 * Who may ask the console: this machine's own page alone. Other sites that a browser has open reach loopback too, by
 * name tricks (DNS rebinding) or by forms: they are told apart by Host, Origin and Sec-Fetch-Site.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
import type { IncomingMessage } from "node:http";

/** Only what this server itself serves is loaded, run or connected to, and nobody frames it. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cache-Control": "no-store",
};

const HOST_NAMES = ["127.0.0.1", "localhost"];

/** Why a request is refused, in one line; null when it may be answered. */
export function refusalOf({ method, headers, url }: IncomingMessage, port: number): string | null {
  const hosts = HOST_NAMES.map((name) => `${name}:${String(port)}`);
  const { host = "", origin } = headers;
  if (!hosts.includes(host)) return `Host must be ${hosts.join(" or ")}, got "${host}".`;
  const own = `http://${host}`;
  if (origin !== undefined && origin !== own) return `Origin must be ${own}, got "${origin}".`;
  const site = headers["sec-fetch-site"];
  const isOwnSite = site === undefined || site === "same-origin" || site === "none";
  // A link from elsewhere may open the page itself, which then asks for all the rest.
  const opensPage = method === "GET" && url === "/" && headers["sec-fetch-mode"] === "navigate";
  if (!isOwnSite && !opensPage)
    return `Requests of other sites are refused (Sec-Fetch-Site: ${String(site)}).`;
  if (method === "GET" || method === "HEAD") return null;
  if (method !== "POST") return `The method must be GET or POST, got ${String(method)}.`;
  if (origin === undefined) return `A change needs the header Origin: ${own}.`;
  const [type] = (headers["content-type"] ?? "").split(";");
  return type === "application/json"
    ? null
    : `A change needs Content-Type: application/json, got "${String(type)}".`;
}

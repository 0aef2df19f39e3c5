import type { IncomingMessage } from "node:http";
import { refusalOf } from "../../../local/console/security";

const PORT = 4567;
const OWN = { host: "127.0.0.1:4567" };
const CHANGE = { ...OWN, origin: "http://127.0.0.1:4567", "content-type": "application/json" };

function refusal(method: string, url: string, headers: Record<string, string | undefined>): string | null {
  return refusalOf({ method, url, headers } as unknown as IncomingMessage, PORT);
}

test.each([
  { what: "the page", method: "GET", url: "/", headers: OWN },
  { what: "the page by the name localhost", method: "GET", url: "/", headers: { host: "localhost:4567" } },
  {
    what: "a link to the page from another site",
    method: "GET",
    url: "/",
    headers: { ...OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
  },
  {
    what: "the page's questions",
    method: "GET",
    url: "/api/iam",
    headers: { ...OWN, "sec-fetch-site": "same-origin" },
  },
  { what: "the page's actions", method: "POST", url: "/api/workers/kill", headers: CHANGE },
])("$what is answered", ({ method, url, headers }) => {
  expect(refusal(method, url, headers)).toBeNull();
});

test.each([
  {
    what: "another host, as DNS rebinding brings it",
    method: "GET",
    url: "/",
    headers: { host: "evil.example:4567" },
    why: /^Host must be/,
  },
  { what: "another port", method: "GET", url: "/", headers: { host: "127.0.0.1:80" }, why: /^Host must be/ },
  { what: "no host", method: "GET", url: "/", headers: {}, why: /^Host must be/ },
  {
    what: "another origin",
    method: "GET",
    url: "/feed",
    headers: { ...OWN, origin: "http://evil.example" },
    why: /^Origin must be/,
  },
  {
    what: "a page on another port",
    method: "POST",
    url: "/api/workers/kill",
    headers: { ...CHANGE, origin: "http://127.0.0.1:3000" },
    why: /^Origin must be/,
  },
  {
    what: "an opaque origin",
    method: "POST",
    url: "/api/workers/kill",
    headers: { ...CHANGE, origin: "null" },
    why: /^Origin must be/,
  },
  {
    what: "another site's question",
    method: "GET",
    url: "/api/iam",
    headers: { ...OWN, "sec-fetch-site": "cross-site" },
    why: /other sites/,
  },
  {
    what: "another port's picture",
    method: "GET",
    url: "/api/iam",
    headers: { ...OWN, "sec-fetch-site": "same-site" },
    why: /other sites/,
  },
  {
    what: "a link to an answer",
    method: "GET",
    url: "/api/iam",
    headers: { ...OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    why: /other sites/,
  },
  {
    what: "a form's change",
    method: "POST",
    url: "/api/workers/kill",
    headers: { ...CHANGE, "content-type": "text/plain" },
    why: /Content-Type/,
  },
  {
    what: "a change without an origin",
    method: "POST",
    url: "/api/workers/kill",
    headers: { ...OWN, "content-type": "application/json" },
    why: /Origin/,
  },
  { what: "another method", method: "PUT", url: "/", headers: CHANGE, why: /GET or POST, got PUT/ },
])("$what is refused, and told why", ({ method, url, headers, why }) => {
  expect(refusal(method, url, headers)).toMatch(why);
});

/** Headless Chromium, if this machine has it. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";

/** Where Debian, Ubuntu and Fedora put it; LOVELESS_TEST_CHROMIUM names another one. */
const PLACES = [
  process.env["LOVELESS_TEST_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
/** It talks to nobody but the console; root, as in CI, has no sandbox. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const executablePath = PLACES.find((path) => path !== "" && existsSync(path));

/** Skipped by name where there is no Chromium: `apt-get install chromium`. */
export const describeInBrowser = executablePath === undefined ? describe.skip : describe;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
}

/** Resolves as soon as the expression holds in the page: looked at with each frame, without breaking the page's CSP. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  await page.evaluate(
    `new Promise((resolve) => { const look = () => (${expression}) ? resolve() : requestAnimationFrame(look); look(); })`,
  );
}

/** Headless Chromium, if this machine has it. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

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

/** Every page of the console, light and dark, wide and narrow: readable for all, nothing cut, and a picture of each. */
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { describeInBrowser, launchBrowser, untilTrue } from "./browser";
import { startStack, type Stack } from "./stack";

/** Pictures for people to look at; not in git. */
const ARTIFACTS = resolve(__dirname, "../artifacts");
/** https://github.com/dequelabs/axe-core: run in the page itself. */
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390] as const;
const SCHEMES = ["light", "dark"] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Hundreds of tasks: an execution that is still there when one comes to look. */
const MANY_TILES = { tileSize: 64 };

interface PageCase {
  readonly name: string;
  /** Comes to the page, and to what it shows when there is something to show. */
  readonly go: (page: Page, url: string) => Promise<void>;
}

const PAGES: readonly PageCase[] = [
  {
    name: "pools",
    async go(page, url) {
      await start(page, url, MANY_TILES);
      await page.goto(`${url}#/pools`);
      await page.locator(".slot.held").first().waitFor({ timeout: 60_000 });
      await untilTrue(page, "document.querySelectorAll('.plot canvas').length === 4");
    },
  },
  {
    name: "execution",
    async go(page, url) {
      await start(page, url, MANY_TILES);
      await page.locator('.node[data-stand="running"]').first().waitFor();
      await page.locator(".panel .data").first().waitFor();
    },
  },
  {
    name: "executions",
    async go(page, url) {
      await page.goto(`${url}#/executions`);
      await page.locator(".row:not(.head)").first().waitFor();
    },
  },
  {
    name: "executions-none",
    async go(page, url) {
      await page.goto(`${url}#/executions?status=TIMED_OUT`);
      await page.getByText("Nothing fits").waitFor();
    },
  },
  {
    name: "execution-failed",
    async go(page, url) {
      await page.goto(`${url}#/executions?status=FAILED`);
      await page.locator(".cell-link").first().click();
      await page.getByRole("button", { name: /^Split/ }).click();
      await page.locator(".error-name", { hasText: "ImageNotFound" }).waitFor();
      await page.locator("summary", { hasText: "History" }).click();
      await page.getByRole("cell", { name: "ExecutionStarted" }).waitFor();
    },
  },
  {
    name: "state",
    async go(page, url) {
      await page.goto(`${url}#/executions?status=SUCCEEDED`);
      await page.locator(".cell-link").last().click();
      await page.getByRole("button", { name: /^Detect, Task/ }).click();
      await page.locator(".panel .visit").waitFor();
    },
  },
  {
    name: "start",
    async go(page, url) {
      await page.goto(`${url}#/start`);
      await untilTrue(page, "document.querySelector('#input').value.includes('bucket')");
    },
  },
  {
    name: "logs",
    async go(page, url) {
      await page.goto(`${url}#/logs`);
      await page
        .getByRole("link", { name: /^Worker/ })
        .first()
        .click();
      await page.locator(".log-lines tbody tr").first().waitFor();
    },
  },
  {
    name: "iam",
    async go(page, url) {
      await page.goto(`${url}#/iam`);
      await page.locator("details.role", { hasText: "detect-worker-role" }).locator("summary").click();
    },
  },
  {
    name: "faults",
    async go(page, url) {
      await page.goto(`${url}#/faults`);
      await page.getByLabel("double-log", { exact: true }).focus();
      await page.keyboard.press("ArrowRight");
      await page.locator(".chip").waitFor();
    },
  },
  {
    name: "connection-lost",
    async go(page, url) {
      await page.goto(`${url}#/faults`);
      await page.locator(".fault").first().waitFor();
      await page.route("**/feed?*", (route) => route.abort());
      await page.getByRole("link", { name: "Pools" }).click();
      await page.locator("#connection:not([hidden])").waitFor();
    },
  },
];

/** By the form, as people do. */
async function start(page: Page, url: string, change: object): Promise<void> {
  await page.goto(`${url}#/start`);
  await untilTrue(page, "document.querySelector('#input').value.includes('bucket')");
  const input = page.getByLabel("Input");
  await input.fill(JSON.stringify({ ...(JSON.parse(await input.inputValue()) as object), ...change }));
  await page.getByRole("button", { name: "Start execution" }).click();
  await page.waitForURL(/#\/execution\//);
}

describeInBrowser("the pages of the console", () => {
  let stack: Stack;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    stack = await startStack("prod");
    browser = await launchBrowser();
    const page = await browser.newPage();
    await start(page, stack.url, { key: "images/none.png" });
    await page.locator(".heading .badge", { hasText: "Failed" }).waitFor();
    await page.close();
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  const cases = PAGES.flatMap((each) =>
    SCHEMES.flatMap((scheme) => WIDTHS.map((width) => ({ ...each, scheme, width }))),
  );
  test.each(cases)("$name, $scheme, $width pixels wide", async ({ name, go, scheme, width }) => {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme: scheme,
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    try {
      const page = await context.newPage();
      await go(page, stack.url);
      await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({
        path: resolve(ARTIFACTS, `console-${name}-${String(width)}-${scheme}.png`),
        fullPage: true,
      });
      await page.evaluate(AXE);
      const violations = await page.evaluate<readonly Violation[]>(
        "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)",
      );
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
      ).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.evaluate(CUT)).toEqual([]);
    } finally {
      await context.close();
    }
  });
});

/** Buttons, badges and headings whose text does not fit, and anything that hangs out of the window. */
const CUT = `[...document.querySelectorAll("button, .button, .badge, .tag, h1, h2, h3, .figure .value, nav a, label")]
  .filter((each) => each.offsetParent !== null)
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline"
    || each.getBoundingClientRect().right > innerWidth && !each.closest(".table-box, .graph-box"))
  .map((each) => each.outerHTML.slice(0, 120))`;

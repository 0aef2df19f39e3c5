/** What people do in the console, done in a real browser on a real stack: each click has its effect on the local cloud. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import type { Browser, Page } from "playwright-core";
import { describeInBrowser, launchBrowser, untilTrue } from "./browser";
import { startStack, type Stack } from "./stack";

/** Small tiles: hundreds of tasks, so that there is time to look at the workers. */
const MANY_TILES = 64;

describeInBrowser("the console in Chromium", () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  const requested: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    stack = await startStack("prod");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("request", (request) => requested.push(request.url()));
    page.on("pageerror", (error) => problems.push(error.message));
  });
  afterEach(() => page.close());

  const open = (place: string): Promise<unknown> => page.goto(`${stack.url}#/${place}`);

  /** By the form, as people do; resolves on the execution's page. */
  async function startByForm(tileSize: number): Promise<void> {
    await open("start");
    const input = page.getByLabel("Input");
    await untilTrue(page, "document.querySelector('#input').value.includes('tileSize')");
    const sample = JSON.parse(await input.inputValue()) as object;
    await input.fill(JSON.stringify({ ...sample, tileSize }));
    await page.getByRole("button", { name: "Start execution" }).click();
    await page.waitForURL(/#\/execution\//);
  }

  const graphStands = (): Promise<readonly string[]> =>
    page
      .locator(".node")
      .evaluateAll((nodes) => nodes.map((node) => String(node.getAttribute("data-stand"))));

  test("an execution is started by a click, and its graph ends green", async () => {
    await startByForm(256);
    await page.locator('.node[data-stand="running"]').first().waitFor();
    await page.locator(".heading .badge", { hasText: "Succeeded" }).waitFor({ timeout: 90_000 });
    expect(await graphStands()).toEqual(["succeeded", "succeeded", "succeeded", "succeeded"]);
    await page.locator(".panel", { hasText: '"count": 584' }).waitFor();
  });

  test("a click on a state shows what went into each of its visits, and what came of it", async () => {
    await open("executions");
    await page.locator(".cell-link").first().click();
    await page.getByRole("button", { name: /^Detect, Task/ }).click();
    const panel = page.getByRole("region", { name: "State Detect" });
    await panel.getByText("16 succeeded").waitFor();
    await panel.getByText("iteration 0", { exact: false }).waitFor();
    const first = await panel.getByLabel("Input", { exact: true }).innerText();
    await panel.getByRole("button", { name: "Later visit" }).click();
    await panel.getByText("iteration 1", { exact: false }).waitFor();
    expect(await panel.getByLabel("Input", { exact: true }).innerText()).not.toBe(first);
    expect(page.url()).toContain("state=Detect");
  });

  test("a state that has ended leads to the lines that its worker wrote meanwhile, and to no others", async () => {
    await open("executions");
    await page.locator(".cell-link").first().click();
    await page.getByRole("button", { name: /^Detect, Task/ }).click();
    const attempts = page.getByRole("list", { name: "Attempts" });
    const task = /Task ([0-9a-f]{8}) succeeded/.exec(await attempts.innerText())?.[1] ?? "";
    await attempts.getByRole("link", { name: `Log of task ${task}` }).click();
    const events = page.locator(".log-lines tbody tr td:nth-child(2)");
    await events.filter({ hasText: "TaskSucceeded" }).waitFor();
    const texts = await events.allInnerTexts();
    expect(texts[0]).toMatch(/^TaskStarted/);
    expect(texts.every((text) => text.includes(task))).toBe(true);
    // A function on Lambda as well.
    await page.goBack();
    await page.getByRole("button", { name: /^Split, Task/ }).click();
    await page
      .getByRole("region", { name: "State Split" })
      .getByRole("link", { name: /^Log of task/ })
      .click();
    await page.locator("#log-name", { hasText: "lambda-" }).waitFor();
  });

  test("the history of an execution is shown page by page", async () => {
    await open("executions");
    await page.locator(".cell-link").first().click();
    await page.locator("summary", { hasText: "History" }).click();
    await page.getByText("1 to 50 of 128").waitFor();
    await page.getByRole("cell", { name: "ExecutionStarted" }).waitFor();
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByText("51 to 100 of 128").waitFor();
  });

  test("a pool's plot moves, and a worker that is killed is replaced", async () => {
    await open("pools");
    const plot = page.locator('.pool:has(h2:text-is("detect")) .plot-canvas').first();
    await plot.locator("canvas").waitFor();
    const picture = "document.querySelector('.pool canvas').toDataURL()";
    const before = await page.evaluate<string>(picture);
    // Two, so that there is still work to do when a worker is gone: without any, the pool would shrink instead.
    await startByForm(MANY_TILES);
    await startByForm(MANY_TILES);
    await open("pools");
    const detect = page.locator('.pool:has(h2:text-is("detect"))');
    await detect.locator(".slot.held").first().waitFor({ timeout: 60_000 });
    await untilTrue(page, "Number(document.querySelector('.plot-canvas').dataset.peak) >= 40");
    expect(await page.evaluate<string>(picture)).not.toBe(before);

    const rows = detect.locator('.worker[data-state="running"]:has(.slot.held)');
    const victim = rows.first();
    const name = await victim.locator(".worker-name").innerText();
    const known = new Set(await detect.locator(".worker-name").allInnerTexts());
    await victim.getByRole("button", { name: `Kill worker ${name}` }).click();
    await page.getByText(`Worker ${name} was killed`).waitFor();
    await detect.locator(".worker-name", { hasText: name }).waitFor({ state: "detached" });
    await untilTrue(
      page,
      `[...document.querySelectorAll('.worker[data-state="running"] .worker-name')].some((each) => !${JSON.stringify([...known])}.includes(each.textContent))`,
    );
    await open("executions");
    // What the worker held is tried again when its heartbeat is missed.
    await page
      .locator(".row:not(.head) .badge", { hasText: "Running" })
      .first()
      .waitFor({ state: "detached", timeout: 110_000 });
    expect(await page.locator(".row:not(.head) .badge").allInnerTexts()).not.toContain("Failed");
  }, 240_000);

  test("the log of a worker is read task by task", async () => {
    await open("logs");
    // The one that has done most.
    const longest =
      'fetch("/api/logs").then((answer) => answer.json()).then((logs) => logs.filter((log) => log.worker !== null).sort((a, b) => b.bytes - a.bytes)[0].worker)';
    const worker = await page.evaluate<string>(longest);
    await page.getByRole("link", { name: `Worker ${worker}` }).click();
    const chooser = page.getByLabel("Task");
    await untilTrue(page, "document.querySelector('#task').options.length > 1");
    const all = await page.locator(".log-lines tbody tr").count();
    await chooser.selectOption({ index: 1 });
    await untilTrue(page, `document.querySelectorAll('.log-lines tbody tr').length < ${String(all)}`);
    const events = await page.locator(".log-lines tbody tr td:nth-child(2)").allInnerTexts();
    expect(events[0]).toMatch(/^TaskStarted/);
    expect(events.length).toBeGreaterThan(1);
  });

  test("the grants of each role are listed with whether something used them", async () => {
    await open("iam");
    const role = page.locator("details.role", { hasText: "detect-worker-role" });
    await role.locator("summary").click();
    const row = role.locator("tr", { hasText: "states:GetActivityTask" });
    await row.getByText("Used").waitFor();
    expect(
      Number(await page.locator(".figure", { hasText: "Granted" }).locator(".value").innerText()),
    ).toBeGreaterThan(100);
  });

  test("faults that are moved in the console strike calls at once, and end at once", async () => {
    const { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" } = stack.environment;
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
      stack.environment;
    const credentials = {
      accessKeyId,
      secretAccessKey,
      sessionToken: stack.environment["AWS_SESSION_TOKEN"] ?? "",
    };
    const client = new SFNClient({ endpoint, region, credentials, maxAttempts: 1 });
    const errors = async (): Promise<readonly string[]> => {
      const calls = Array.from({ length: 40 }, () => client.send(new ListStateMachinesCommand({})));
      const answers = await Promise.allSettled(calls);
      return answers.flatMap((each) => (each.status === "rejected" ? [(each.reason as Error).name] : []));
    };
    await open("faults");
    expect(await errors()).toEqual([]);
    await page.getByLabel("Service that throttle hits").selectOption("states");
    await page.getByLabel("throttle", { exact: true }).focus();
    const moved = page.waitForResponse(/faults\/move/);
    await page.keyboard.press("End");
    await moved;
    await page.getByText("states.throttle=50%").waitFor();
    await page.locator(".fault", { hasText: "throttle" }).first().getByText("50%", { exact: true }).waitFor();
    expect(await errors()).toContain("ThrottlingException");
    await page.getByText(/struck \d+ times/).waitFor();
    const ended = page.waitForResponse(/faults\/move/);
    await page.getByRole("button", { name: "Stop all" }).click();
    await ended;
    await page.getByText("None now").waitFor();
    expect(await errors()).toEqual([]);
    client.destroy();
  });

  test("a whole execution is started by the keyboard alone", async () => {
    await open("pools");
    await page.getByRole("link", { name: "Start an execution" }).waitFor();
    const focused = (): Promise<string> => page.evaluate<string>("document.activeElement.textContent ?? ''");
    async function tabTo(text: string): Promise<void> {
      for (let press = 0; press < 30; press += 1) {
        await page.keyboard.press("Tab");
        if ((await focused()).trim() === text) return;
      }
      throw new Error(`Tab never came to "${text}".`);
    }
    await tabTo("Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo("Start an execution");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/start/);
    await tabTo("Start execution");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/execution\//);
    await page.locator('.node[data-stand="running"]').first().waitFor();
  });

  test("light and dark can be switched, and the choice stays", async () => {
    await open("pools");
    const background = (): Promise<string> =>
      page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByRole("button", { name: "Dark colours" }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: "Light colours" }).waitFor();
    expect(await background()).toBe(dark);
  });

  test("a page of another site can neither act nor read", async () => {
    const visitor = await browser.newPage();
    const failed: string[] = [];
    visitor.on("requestfailed", (request) => failed.push(new URL(request.url()).pathname));
    const other = createServer((_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end("<!doctype html><title>Other site</title>");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await visitor.goto(`http://127.0.0.1:${String(port)}/`);
    const attempt = (path: string, options: string): Promise<unknown> =>
      visitor.evaluate(`fetch(${JSON.stringify(stack.url + path)}, ${options}).then(() => "", () => "")`);
    const body = 'JSON.stringify({ faults: "throttle=100%" })';
    await attempt("api/faults/move", `{ method: "POST", mode: "no-cors", body: ${body} }`);
    await attempt("api/iam", '{ mode: "no-cors" }');
    await attempt("feed", '{ mode: "no-cors" }');
    await visitor.close();
    other.close();
    expect(failed).toEqual(["/api/faults/move", "/api/iam", "/feed"]);
    await open("faults");
    await page.getByText("None now").waitFor();
  });

  test("the first paint comes within a second", async () => {
    await open("pools");
    const paint = await page.evaluate<number>(
      `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntriesByName("first-contentful-paint")[0].startTime)).observe({ type: "paint", buffered: true }))`,
    );
    expect(paint).toBeLessThan(1_000);
  });

  test("when the local cloud ends, the page says so; nothing is left running, and nothing else was asked or broken", async () => {
    await open("pools");
    await page.locator(".pool").first().waitFor();
    const { exitCode, report } = await stack.close();
    await page.getByText("No connection to the local cloud").waitFor();
    expect(report.leftoverProcesses).toBe(0);
    expect(exitCode).toBe(0);
    expect(requested.filter((url) => !url.startsWith(stack.url))).toEqual([]);
    expect(problems).toEqual([]);
  });
});

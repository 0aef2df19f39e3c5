/** Measures the page as its reader meets it: when it is painted, and how long after an event its document has changed. */
import type { Browser, Page } from "playwright-core";
import { MACHINES, WORKERS, type BenchPool } from "./pool";

const EXECUTIONS = 10_000;
const PAINTS = 5;
/** Of each of two executions: a Map runs forty at once at most. */
const TASKS = 200;
const JUMPS = 40;
const STARTS = 40;

/** Milliseconds; percentiles are nearest-rank. */
export async function measurePage(browser: Browser, pool: BenchPool): Promise<Record<string, unknown>> {
  const firstPaints: number[] = [];
  for (let round = 0; round < PAINTS; round += 1) firstPaints.push(await firstPaint(browser, pool.url));
  process.stderr.write(`first paint: ${JSON.stringify(firstPaints)}\n`);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  // Cold: fifty function processes start at the same time, and want all processors.
  const cold = await updatesOf(page, pool);
  const warm = await updatesOf(page, pool);
  process.stderr.write(`${String(cold.length)} and ${String(warm.length)} updates\n`);
  const list = await listFigures(page, pool);
  await page.close();
  return {
    // The first one bundles the script.
    firstPaintMs: { first: rounded(firstPaints[0] ?? 0), median: rounded(percentile(firstPaints, 50)) },
    workers: WORKERS,
    updateMs: { cold: spread(cold), warm: spread(warm) },
    executions: { listed: EXECUTIONS, ...list },
  };
}

async function firstPaint(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(url);
  const paint = await page.evaluate<number>(
    `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntriesByName("first-contentful-paint")[0].startTime)).observe({ type: "paint", buffered: true }))`,
  );
  await page.close();
  return paint;
}

/** From the instant at which a worker got its task until the page shows it in the worker's slot. */
async function updatesOf(page: Page, pool: BenchPool): Promise<readonly number[]> {
  await page.goto("about:blank");
  await page.goto(`${pool.url}#/pools`);
  await page
    .locator(".worker")
    .nth(WORKERS - 1)
    .waitFor({ state: "attached" });
  await page.evaluate(`
    window.updates = new Map();
    new MutationObserver(() => {
      const now = Date.now();
      for (const each of document.querySelectorAll(".slot.held")) {
        const task = each.lastChild.href;
        if (!updates.has(task)) updates.set(task, now - Number(each.querySelector("[data-since]").dataset.since));
      }
    }).observe(document.querySelector(".pools"), { childList: true, subtree: true });`);
  const items = Array.from({ length: TASKS }, (_, index) => ({ ms: 700 + ((index * 37) % 900) }));
  await Promise.all([run(page, MACHINES.tasks, { items }), run(page, MACHINES.tasks, { items })]);
  return page.evaluate<readonly number[]>("[...updates.values()]");
}

/** With so many executions: how long a jump to anywhere in the list takes, and a new execution until it is shown. */
async function listFigures(page: Page, { url, cloud }: BenchPool): Promise<Record<string, unknown>> {
  await page.evaluate(`(async () => {
    for (let started = 0; started < ${String(EXECUTIONS)}; started += 50)
      await Promise.all(Array.from({ length: 50 }, () => (${START})(${JSON.stringify(MACHINES.pass)}, {})));
  })()`);
  await page.goto(`${url}#/executions`);
  await page.locator(".row:not(.head)").first().waitFor();
  const jumps = await page.evaluate<readonly number[]>(`(async () => {
    const scroller = document.querySelector(".scroller");
    const times = [];
    for (let jump = 1; jump <= ${String(JUMPS)}; jump += 1) {
      const row = (jump * 7919) % ${String(EXECUTIONS - 100)};
      const begin = performance.now();
      scroller.scrollTop = row * 52;
      await new Promise((resolve) => {
        const look = () => document.querySelector('[aria-rowindex="' + (row + 2) + '"]') ? resolve() : requestAnimationFrame(look);
        look();
      });
      times.push(performance.now() - begin);
    }
    scroller.scrollTop = 0;
    return times;
  })()`);
  const updates = await page.evaluate<readonly number[]>(`(async () => {
    const times = [];
    for (let started = 0; started < ${String(STARTS)}; started += 1) {
      const begin = performance.now();
      const { executionArn } = await (${START})(${JSON.stringify(MACHINES.pass)}, {});
      const name = executionArn.split(":").at(-1);
      await new Promise((resolve) => {
        const look = () => document.querySelector(".rows").textContent.includes(name) ? resolve() : requestAnimationFrame(look);
        look();
      });
      times.push(performance.now() - begin);
    }
    return times;
  })()`);
  const rows = await page.locator(".row:not(.head)").count();
  const kept = cloud.states.view.executions().length;
  return {
    jumpMs: { p50: rounded(percentile(jumps, 50)), p95: rounded(percentile(jumps, 95)) },
    newRowMs: { p50: rounded(percentile(updates, 50)), p95: rounded(percentile(updates, 95)) },
    rowsInDocument: rows,
    keptByStepFunctions: kept,
  };
}

/** As the form does it. */
const START = `(stateMachineArn, input) => fetch("/api/executions/start", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ stateMachineArn, input: JSON.stringify(input) }),
}).then((answer) => answer.json())`;

/** Resolves when the execution has succeeded. */
async function run(page: Page, stateMachineArn: string, input: object): Promise<void> {
  await page.evaluate(`(async () => {
    const { executionArn } = await (${START})(${JSON.stringify(stateMachineArn)}, ${JSON.stringify(input)});
    const name = executionArn.split(":").at(-1);
    for (;;) {
      const { rows } = await fetch("/api/executions?text=" + name).then((answer) => answer.json());
      if (rows[0]?.status === "SUCCEEDED") return;
      if (rows[0]?.status !== "RUNNING") throw new Error(JSON.stringify(rows));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })()`);
}

function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? 0;
}

function spread(values: readonly number[]): object {
  const [p50, p95] = [rounded(percentile(values, 50)), rounded(percentile(values, 95))];
  return { p50, p95, updates: values.length };
}

function rounded(value: number): number {
  return Math.round(value);
}

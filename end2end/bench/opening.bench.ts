import { writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";

// What somebody waits for who opens a public page for the first time on a slow phone: 1.6 Mbit/s, 150 ms, a CPU four times
// slower, nothing in the cache. Writes for each round the figures of the page that does worst, to the file RESULT.

const PAGES = ["/", "/chuong-trinh", "/dang-ky", "/mo-hinh"];
const ROUNDS = 5;
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWER = 4;

/** As web.dev defines them, with the entries that Chromium gives. */
interface Figures {
  lcp: number;
  cls: number;
  inp: number;
}

declare global {
  interface Window {
    figures: Figures;
  }
}

test("public pages on a slow phone", async ({ browser }) => {
  const worst: Record<keyof Figures, number[]> = { lcp: [], cls: [], inp: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const all: Figures[] = [];
    for (const address of PAGES) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Network.enable");
      await devtools.send("Network.emulateNetworkConditions", NETWORK);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
      await page.addInitScript(() => {
        const figures: Figures = { lcp: 0, cls: 0, inp: 0 };
        window.figures = figures;
        const watch = (type: string, take: (entry: PerformanceEntry) => void) =>
          new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
        watch("largest-contentful-paint", (entry) => (figures.lcp = entry.startTime));
        // Single shifts, not windows of them: pages that move once at most have no more than one window.
        watch("layout-shift", (entry) => (figures.cls += (entry as PerformanceEntry & { value: number }).value));
        watch("event", (entry) => {
          if ((entry as PerformanceEventTiming & { interactionId?: number }).interactionId) figures.inp = Math.max(figures.inp, entry.duration);
        });
      });
      await page.goto(address, { waitUntil: "load" });
      // Fonts and scripts that come after the first picture may move it.
      await page.waitForTimeout(2_000);
      const name = page.locator("main input[type=text]:visible").first();
      if (await name.count()) {
        await name.tap();
        await name.pressSequentially("Nguyễn Thị Hạnh", { delay: 50 });
      }
      await page.locator("main").tap({ position: { x: 4, y: 4 } });
      await page.waitForTimeout(500);
      const figures = await page.evaluate(() => window.figures);
      expect(figures.lcp, `${address} was painted`).toBeGreaterThan(0);
      all.push(figures);
      await context.close();
    }
    for (const figure of ["lcp", "cls", "inp"] as const) worst[figure].push(Math.max(...all.map((of) => of[figure])));
  }
  writeFileSync(process.env.RESULT!, JSON.stringify(worst));
});

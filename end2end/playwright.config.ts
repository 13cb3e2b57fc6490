import { defineConfig } from "@playwright/test";
import { chromium } from "./support/chromium";

const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const desk = { viewport: { width: 1280, height: 800 } };

/** Files whose name ends so need scripts, or are only about what works without them. */
const WITH_SCRIPTS = /\.scripts\.spec\.ts$/;
const WITHOUT_SCRIPTS = /\.plain\.spec\.ts$/;
/** Long walks and large tables: once on a phone with scripts, once at a desk without. */
const WALKS = /\.walk\.spec\.ts$/;
/** What is done on phones only, with scripts. */
const ON_PHONES = /\.phone\.spec\.ts$/;
/** What scripts cannot change about a page at a desk, the other three have seen. */
const PAGES = /everypage\.spec\.ts$/;

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // The tests share one server and its two cores.
  workers: 2,
  fullyParallel: false,
  retries: 0,
  // Several times what they take on an idle machine: only a test that fails waits so long.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["json", { outputFile: process.env.REPORT ?? "test-results/report.json" }]],
  use: {
    baseURL: process.env.BASE_URL ?? "http://localhost:3000",
    locale: "vi-VN",
    timezoneId: "Asia/Ho_Chi_Minh",
    trace: "off",
    // Fades between pages take time, and where requests are looked at, style sheets come too late for them: Chromium complains.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: chromium,
  },
  projects: [
    { name: "phone", use: phone, testIgnore: WITHOUT_SCRIPTS },
    { name: "desk", use: desk, testIgnore: [WITHOUT_SCRIPTS, WALKS, ON_PHONES] },
    { name: "phone without scripts", use: { ...phone, javaScriptEnabled: false }, testIgnore: [WITH_SCRIPTS, WALKS, ON_PHONES] },
    { name: "desk without scripts", use: { ...desk, javaScriptEnabled: false }, testIgnore: [WITH_SCRIPTS, PAGES, ON_PHONES] },
  ],
});

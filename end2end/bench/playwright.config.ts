import { defineConfig } from "@playwright/test";
import { chromium } from "../support/chromium";

/** Measurements, one after the other, with nothing beside them. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../test-results/bench",
  workers: 1,
  timeout: 300_000,
  reporter: "line",
  use: { baseURL: process.env.BASE_URL, viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, launchOptions: chromium },
});

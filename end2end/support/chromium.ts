import type { LaunchOptions } from "@playwright/test";

/** How Chromium is started: the one of the machine, never a downloaded one, and silent towards the outside. */
export const chromium: LaunchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

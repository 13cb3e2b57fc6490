import type { LaunchOptions } from "@playwright/test";

const whole = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** How Chromium is started: the one of the machine, never a downloaded one, and silent towards the outside. */
export const chromium: LaunchOptions = {
  // Without windows, tabs and menus, where there is such a one.
  executablePath: process.env.CHROMIUM_SHELL ?? whole,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** With its own pages, such as its warning of a certificate. */
export const wholeChromium: LaunchOptions = { ...chromium, executablePath: whole };

import { writeFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { session, type Role } from "./support/accounts";
import { found, type Things } from "./support/things";

type Theme = "light" | "dark";

type Fixtures = {
  /** Fails the test if the page asks another origin for anything, or reports an error. */
  watched: void;
  /** Makes the page's visitor one who has signed in with the sample account of a role. */
  signIn: (role: Role) => Promise<void>;
  /** Fails on any finding of axe, contrast in the light and in the dark theme included. */
  accessible: (themes?: readonly Theme[]) => Promise<void>;
};

/** Rules of WCAG 2.2 AA and what axe itself recommends. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Those of them that look at colours: all that another theme can change. */
const COLOURS = ["color-contrast", "link-in-text-block"];

export const test = base.extend<Fixtures, { things: Things }>({
  watched: [
    async ({ page, baseURL }, use) => {
      const troubles = watch(page, baseURL!);
      await use();
      expect(troubles).toEqual([]);
    },
    { auto: true },
  ],

  things: [async ({}, use) => use(await found()), { scope: "worker" }],

  signIn: async ({ page }, use) => {
    await use(async (role) => page.context().addCookies([await session(role)]));
  },

  accessible: async ({ page, javaScriptEnabled }, use) => {
    await use(async (themes = ["light", "dark"]) => {
      // Axe is a script. The markup is the same with scripts, where it is looked at.
      if (!javaScriptEnabled) return;
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        // Without frames of other origins the results need not be put together in a window of their own.
        // Nor need what is right be written down.
        const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
        const { violations } = await (colorScheme === "light" ? axe.withTags(RULES) : axe.withRules(COLOURS)).analyze();
        const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.target.join(" ")) }));
        expect(found, `axe at ${page.url()}, ${colorScheme}`).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: null });
    });
  },
});

export { expect };
export { fitsTheScreen } from "./support/look";

/** What Chromium says under load, when it shows a page without its fade. */
const FADE_GIVEN_UP = "Transition was aborted because of invalid state. Page already revealed";

/** Collects what a page should never do: ask another origin for anything, throw, complain in the console. */
export function watch(page: Page, baseURL: string): string[] {
  const { origin } = new URL(baseURL);
  const troubles: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) troubles.push(`request to ${url}`);
  });
  page.on("pageerror", (error) => {
    if (error.message !== FADE_GIVEN_UP) troubles.push(`error: ${error.message}`);
  });
  page.on("console", (message) => {
    const text = message.text();
    // A browser says so of every page that is answered with an error on purpose.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) troubles.push(`console: ${text}`);
  });
  return troubles;
}

/** Takes the README's picture of the page, once for each width, where `PICTURES` is set (`cargo xtask test --pictures`). */
export async function picture(page: Page, name: string, project: string): Promise<void> {
  if (!process.env.PICTURES || (project !== "phone" && project !== "desk")) return;
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  const png = await page.screenshot({ animations: "disabled" });
  writeFileSync(`pictures/${name}-${project}.webp`, await webp(page, png));
}

/** A third of the size: browsers can write it, and draw letters as sharply in it. */
async function webp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage();
  const url = await blank.evaluate(async (png) => {
    const image = new Image();
    image.src = png;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.9);
  }, `data:image/png;base64,${png.toString("base64")}`);
  await blank.close();
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

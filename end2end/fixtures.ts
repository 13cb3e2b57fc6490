import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

export type Role = "organiser" | "department" | "judge" | "steward";

type SignIns = Record<Role, { email: string; password: string }>;

type Fixtures = {
  /** Fails the test if the page asks another origin for anything, or reports an error. */
  watched: void;
  /** Signs in with the sample account of a role. */
  signIn: (role: Role) => Promise<void>;
  /** Fails on any finding of axe, contrast in the light and in the dark theme included. */
  accessible: (where?: string) => Promise<void>;
};

/** Rules of WCAG 2.2 AA and what axe itself recommends. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const test = base.extend<Fixtures>({
  watched: [
    async ({ page, baseURL }, use) => {
      const origin = new URL(baseURL!).origin;
      const troubles: string[] = [];
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) troubles.push(`request to ${url}`);
      });
      page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
      page.on("console", (message) => {
        const text = message.text();
        // A browser says so of every page that is answered with an error on purpose.
        if (message.type() === "error" && !text.startsWith("Failed to load resource")) troubles.push(`console: ${text}`);
      });
      await use();
      expect(troubles).toEqual([]);
    },
    { auto: true },
  ],

  signIn: async ({ page }, use) => {
    await use(async (role) => {
      const { email, password } = signIns()[role];
      await page.goto("/dang-nhap");
      await page.locator("[name=email]").fill(email);
      await page.locator("[name=password]").fill(password);
      await Promise.all([page.waitForNavigation(), page.locator("form:has([name=password]) [type=submit]").click()]);
      await expect(page, `sign-in as ${role}`).not.toHaveURL(/dang-nhap/);
    });
  },

  accessible: async ({ page, javaScriptEnabled }, use) => {
    await use(async (where = page.url()) => {
      // Axe is a script. The markup is the same with scripts, where it is looked at.
      if (!javaScriptEnabled) return;
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.target.join(" ")) }));
        expect(found, `axe at ${where}, ${colorScheme}`).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    });
  },
});

export { expect };

export function signIns(): SignIns {
  const file = process.env.SIGN_INS;
  if (!file) throw new Error("SIGN_INS does not name the file with the sample accounts");
  return JSON.parse(readFileSync(file, "utf8")) as SignIns;
}

/** Nothing sticks out: a person never has to scroll sideways. */
export async function fitsTheScreen(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content, "width of the content").toBeLessThanOrEqual(screen);
}

/** Takes a picture of the page, once for each width; for the README where `PICTURES` is set (`cargo xtask test --pictures`). */
export async function picture(page: Page, name: string, project: string): Promise<void> {
  if (project !== "phone" && project !== "desk") return;
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  const folder = process.env.PICTURES ? "pictures" : "test-results/pictures";
  await page.screenshot({ path: `${folder}/${name}-${project}.png`, scale: "css", animations: "disabled" });
}

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { Program } from "../support/program";
import { holdScans, openGate, prepareHolding, settled, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

test("a phone whose scans wait is offered the new build, changes to it, and its scans go on", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const site = mkdtempSync(join(tmpdir(), "site-"));
  cpSync(process.env.SITE!, site, { recursive: true });
  const program = await Program.start({ SITE: site });
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    const visitor = await request.newContext({ baseURL: program.base });
    const code = await codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", program.base));
    await prepareHolding(context);
    const page = await context.newPage();
    const builds = () => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("checkin-")));
    await signInByForm(page, "steward", program.signIns());
    await openGate(page);
    await settled(page);

    // The scans do not get through, while everything else does.
    await holdScans(page, true);
    await wedge(page, code);
    await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    await expect(page.locator("#waiting")).toHaveText("1");

    const update = async (build: string, look = async () => void (await page.reload())) => {
      const [old] = await builds();
      await program.halt();
      renew(site, build);
      await program.resume();
      await look();
      await expect(page.locator("#new-build")).toBeVisible({ timeout: 20_000 });
      await expect(page.locator("#waiting")).toHaveText("1");
      await page.evaluate(() => document.body.classList.add("before"));
      await page.locator("#reload").click({ timeout: 10_000 });
      await expect(page.locator("body"), "the page is loaded anew").not.toHaveClass(/before/, { timeout: 20_000 });
      await expect.poll(builds, { timeout: 20_000 }).not.toContain(old);
      await expect(page.locator("#scan")).toBeVisible();
      await expect(page.locator("#new-build")).toBeHidden();
      await expect(page.locator("#waiting")).toHaveText("1");
    };
    await update("1111111111111111");
    await page.addInitScript(hearLate);
    await update("2222222222222222");
    // One that lies open looks for it when it is looked at again.
    await update("3333333333333333", () => page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange"))));

    await holdScans(page, false);
    await expect(page.locator("#waiting")).toHaveText("0", { timeout: 30_000 });
    await expect.poll(() => page.evaluate(async () => ((await (await fetch("/api/checkin/shift")).json()) as { counts: { admitted: number }[] }).counts[0]!.admitted)).toBe(1);
  } finally {
    await context.close();
    await program.stop();
    rmSync(site, { recursive: true, force: true });
  }
});

/** Makes the built site that of another build, as far as a phone can tell: its service worker has another name and text. */
function renew(site: string, build: string): void {
  const index = join(site, "assets.json");
  const assets = JSON.parse(readFileSync(index, "utf8")) as { service: string };
  const text = readFileSync(join(site, assets.service), "utf8");
  assets.service = assets.service.replace(/[0-9a-f]{16}/, build);
  writeFileSync(join(site, assets.service), text.replace(/"checkin-[^"]*"/, `"checkin-${build}"`));
  writeFileSync(index, JSON.stringify(assets));
}

/** A page that takes so long to begin that the browser has found the new build by then. */
function hearLate(): void {
  const register = ServiceWorkerContainer.prototype.register;
  ServiceWorkerContainer.prototype.register = async function (...given) {
    const registration = await register.apply(this, given);
    for (let tries = 0; tries < 500 && !registration.installing && !registration.waiting; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return registration;
  };
}

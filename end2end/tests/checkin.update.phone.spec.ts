import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { Program } from "../support/program";
import { openGate, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const SCANS = "**/api/checkin/scans";

test("a phone whose scans wait is offered the new build, changes to it, and its scans go on", async ({ browser }, { project }) => {
  test.setTimeout(120_000);
  const site = mkdtempSync(join(tmpdir(), "site-"));
  cpSync(process.env.SITE!, site, { recursive: true });
  const program = await Program.start({ SITE: site });
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    const visitor = await request.newContext({ baseURL: program.base });
    const code = await codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", program.base));
    const page = await context.newPage();
    const builds = () => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("checkin-")));
    await signInByForm(page, "steward", program.signIns());
    await openGate(page);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    const [old] = await builds();

    // The scans do not get through, while everything else does.
    await context.route(SCANS, (route) => route.abort());
    await wedge(page, code);
    await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    await expect(page.locator("#waiting")).toHaveText("1");

    await program.halt();
    renew(site);
    await program.resume();
    await page.reload();
    await expect(page.locator("#new-build")).toBeVisible({ timeout: 20_000 });
    await expect(page.locator("#waiting")).toHaveText("1");
    await Promise.all([page.waitForEvent("load"), page.locator("#reload").click()]);
    await expect.poll(builds, { timeout: 20_000 }).not.toContain(old);
    await expect(page.locator("#scan")).toBeVisible();
    await expect(page.locator("#new-build")).toBeHidden();
    await expect(page.locator("#waiting")).toHaveText("1");

    await context.unroute(SCANS);
    await expect(page.locator("#waiting")).toHaveText("0", { timeout: 30_000 });
    await expect.poll(() => page.evaluate(async () => ((await (await fetch("/api/checkin/shift")).json()) as { counts: { admitted: number }[] }).counts[0]!.admitted)).toBe(1);
  } finally {
    await context.close();
    await program.stop();
    rmSync(site, { recursive: true, force: true });
  }
});

/** Makes the built site that of another build, as far as a phone can tell: its service worker has another name and text. */
function renew(site: string): void {
  const folder = join(site, "pkg");
  const file = readdirSync(folder).find((name) => /^service\.[0-9a-f]{16}\.js$/.test(name))!;
  const newer = "service.0123456789abcdef.js";
  const text = readFileSync(join(folder, file), "utf8");
  writeFileSync(join(folder, newer), text.replace(/"checkin-[^"]*"/, '"checkin-newer"'));
  const index = join(site, "assets.json");
  writeFileSync(index, readFileSync(index, "utf8").replace(file, newer));
}

import { request, type BrowserContext, type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { ownDatabase, rows } from "../support/database";
import { Program } from "../support/program";
import { openGate, pair, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

/** About five years, in milliseconds. */
const AHEAD = 5 * 365 * 86_400_000;

test("a phone whose clock stands years ahead says so and changes no order", async ({ browser }, { project }) => {
  const database = ownDatabase("clock");
  const program = await Program.start({ DATABASE_URL: database });
  const contexts: BrowserContext[] = [];
  try {
    const visitor = await request.newContext({ baseURL: program.base });
    const code = await codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", program.base));
    const desk = await (await browser.newContext({ baseURL: program.base })).newPage();
    await signInByForm(desk, "organiser", program.signIns());
    const phone = async (name: string, ahead: number): Promise<Page> => {
      const context = await browser.newContext({ ...project.use, baseURL: program.base });
      contexts.push(context);
      if (ahead > 0) await context.addInitScript(setAhead, ahead);
      return pair(desk, context, name);
    };
    const [right, ahead] = [await phone("Máy đúng giờ", 0), await phone("Máy năm sau", AHEAD)];
    expect(await ahead.evaluate(() => Date.now())).toBeGreaterThan(Date.now() + AHEAD / 2);
    await expect(ahead.locator("#clock-state")).toContainText("lệch");
    await expect(right.locator("#clock-state")).toHaveText("đúng");

    // Without a network both let the person in; the one that is right was the first.
    for (const context of contexts) await context.setOffline(true);
    for (const page of [right, ahead]) {
      await wedge(page, code);
      await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
      // Further apart than both clocks may be off: a measurement is wrong by half of its way there and back, 1.5 s at most.
      await page.waitForTimeout(1_500);
    }
    // The other is heard of before.
    for (const page of [ahead, right]) {
      await page.context().setOffline(false);
      await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
    }
    const told = rows<{ phone: string; years: number; is_admission: boolean; conflicts: string[] | null }>(database, `
      select d.name as phone, round(extract(epoch from s.device_at - s.corrected_at) / 31536000) as years,
             exists (select from admissions a where a.scan_id = s.id) as is_admission,
             (select array_agg(kind) from conflicts c where c.scan_id = s.id) as conflicts
      from scans s join devices d on d.id = s.device_id order by s.corrected_at`);
    expect(told).toEqual([
      { phone: "Máy đúng giờ", years: 0, is_admission: true, conflicts: null },
      { phone: "Máy năm sau", years: 5, is_admission: false, conflicts: ["entered_twice"] },
    ]);
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

test("what the page itself has measured is kept, though the server is not heard of after that", async ({ page, signIn }) => {
  await page.route("**/api/checkin/**", (route) => route.abort());
  await signIn("steward");
  await openGate(page);
  await expect.poll(() => page.evaluate(keptOffset)).toMatch(/^-?\d+$/);
});

/** How far the clocks are apart, as the phone keeps it. */
function keptOffset(): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("checkin");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const offset = opening.result.transaction(["notes"]).objectStore("notes").get("offset");
      offset.onsuccess = () => {
        opening.result.close();
        resolve(String(offset.result));
      };
    };
  });
}

/** Sets the clock of every page ahead: whatever it asks for the time gets a later one. */
function setAhead(ahead: number): void {
  const Real = Date;
  class Ahead extends Real {
    constructor(...parts: [] | [number | string]) {
      if (parts.length === 0) super(Real.now() + ahead);
      else super(...parts);
    }

    static override now(): number {
      return Real.now() + ahead;
    }
  }
  Object.assign(window, { Date: Ahead });
}

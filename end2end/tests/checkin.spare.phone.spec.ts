import type { BrowserContext, Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { ownDatabase, rows } from "../support/database";
import { canBeHitWithAThumb } from "../support/look";
import { submit } from "../support/people";
import { Program } from "../support/program";
import { inStore, keptFacts, pair, wedge } from "../support/scanner";
import { printedCodes } from "../support/spare";

const NAME = "Huỳnh Thị Lành";

test("with no network a spare ticket lets in whoever comes, once, and the name told at the gate is the organisers' when it is back", async ({
  browser,
}, { project }) => {
  test.setTimeout(300_000);
  const database = ownDatabase("spare");
  const program = await Program.start({ DATABASE_URL: database });
  const contexts: BrowserContext[] = [];
  try {
    const desk = await (await browser.newContext({ baseURL: program.base })).newPage();
    contexts.push(desk.context());
    await signInByForm(desk, "organiser", program.signIns());
    const [spare, other] = (await makeSpares(desk, "2")) as [string, string];

    const phones: Page[] = [];
    for (const name of ["Máy A", "Máy B"]) {
      const context = await browser.newContext({ ...project.use, baseURL: program.base });
      contexts.push(context);
      phones.push(await pair(desk, context, name));
    }
    const [first, second] = phones as [Page, Page];
    for (const phone of phones) await phone.context().setOffline(true);

    await wedge(first, spare);
    await expect(first.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    await expect(first.locator("#guest")).toBeVisible();
    await fitsTheScreen(first);
    await canBeHitWithAThumb(first);
    // A slip of the hand beside the form loses nothing; what is missing is said beside its field.
    await first.locator("#verdict-word").click();
    await first.locator("#guest-phone").fill("12");
    await first.locator("#guest [type=submit]").click();
    await expect(first.locator("#guest-name-error")).not.toBeEmpty();
    await expect(first.locator("#guest-phone-error")).not.toBeEmpty();
    await expect(first.locator("#guest-consent-error")).not.toBeEmpty();
    await first.locator("#guest-name").fill(NAME);
    await first.locator("#guest-phone").fill("0912 345 678");
    await first.locator("#guest-consent").check();
    // The scan waits for nobody: it is kept before anything is typed.
    expect(await keptFacts(first)).toEqual(["scan"]);
    await first.locator("#guest [type=submit]").click();
    await expect(first.locator("#verdict")).toBeHidden();
    await expect(first.locator("#scans li").first()).toContainText("H. T. Lành");
    expect(await keptFacts(first)).toEqual(["scan", "naming"]);

    // Another gate, which cannot know, lets the same ticket in and is told no name.
    await wedge(second, spare);
    await expect(second.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    await second.locator("#guest-skip").click();
    await expect(second.locator("#verdict")).toBeHidden();
    // The eight characters do what the code beside them does, once.
    const [typed] = rows<{ code: string }>(database, "select short_code as code from spare_tickets where number = 2");
    for (const kind of ["admit", "already_in"]) {
      await second.locator("#code").fill(typed!.code);
      await second.locator("#code-form [type=submit]").click();
      await expect(second.locator("#verdict")).toHaveAttribute("data-kind", kind);
      await expect(second.locator("#guest")).toBeVisible({ visible: kind === "admit" });
      await second.locator(kind === "admit" ? "#guest-skip" : "#verdict-word").click();
    }

    // The phone is switched off and on again, and has lost nothing; its list, which a build before kept in a format of its own,
    // comes anew.
    await outdateList(first);
    await first.goto("/diem-danh");
    await expect(first.locator("#waiting")).toHaveText("2");
    for (const phone of phones) {
      await phone.context().setOffline(false);
      await expect(phone.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
      expect(await keptFacts(phone)).toEqual([]);
    }
    await expect(first.locator("#list-state")).toContainText("thẻ");
    // The first phone has what the second one brought when it asks once more.
    for (let asked = 0; asked < 2; asked++) await first.waitForRequest("**/api/checkin/roster", { timeout: 20_000 });
    await first.context().setOffline(true);
    await wedge(first, other);
    await expect(first.locator("#verdict")).toHaveAttribute("data-kind", "already_in");
    await expect(first.locator("#verdict-name")).toContainText("Khách tại chỗ 2");
    await first.context().setOffline(false);

    await desk.goto("/ban-to-chuc/nguoi-dang-ky?tim=huynh+thi+lanh");
    await desk.locator('main a[href*="/nguoi-dang-ky/"]', { hasText: NAME }).first().click();
    await expect(desk.locator("main")).toContainText("0912 345 678");
    expect(
      rows(
        database,
        "select r.full_name as name, count(a.*)::int as admitted from registrations r join tickets t on t.registration_id = r.id left join admissions a on a.ticket_id = t.id where t.is_spare group by r.id order by 1",
      ),
    ).toEqual([
      { name: NAME, admitted: 1 },
      { name: "Khách tại chỗ 2", admitted: 1 },
    ]);
    expect(rows(database, "select kind from conflicts")).toEqual([{ kind: "entered_twice" }]);

    // A supervisor completes who was not asked.
    await desk.goto("/ban-to-chuc/ve-du-phong");
    await desk.getByRole("link", { name: "Khách tại chỗ 2" }).click();
    const form = desk.locator('form[action$="/ghi-ten"]');
    await desk.locator("details", { has: form }).locator("summary").click();
    await form.locator("[name=full_name]").fill("Võ Văn Bền");
    await form.locator("[name=consent_attend]").check();
    expect((await submit(desk, 'form[action$="/ghi-ten"] [type=submit]')).status()).toBe(303);
    await expect(desk.locator("h1")).toHaveText("Võ Văn Bền");
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

test("with a network the server's answer asks for the name too, and a voided ticket stops on the phone", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const program = await Program.start({});
  const contexts: BrowserContext[] = [];
  try {
    const desk = await (await browser.newContext({ baseURL: program.base })).newPage();
    contexts.push(desk.context());
    await signInByForm(desk, "organiser", program.signIns());
    const [spare, voided] = (await makeSpares(desk, "2")) as [string, string];
    const context = await browser.newContext({ ...project.use, baseURL: program.base });
    contexts.push(context);
    const phone = await pair(desk, context, "Máy A");
    await wedge(phone, spare);
    await expect(phone.locator("#guest")).toBeVisible();
    await expect(phone.locator("#verdict-name")).toContainText("Khách tại chỗ");
    await phone.locator("#guest-name").fill(NAME);
    await phone.locator("#guest-consent").check();
    // A code reader types into whatever has the focus. The name stays as it was, and the code has its turn after it.
    const next = "00000000";
    await phone.locator("#guest-name").evaluate((field, next) => {
      (field as HTMLInputElement).focus();
      (field as HTMLInputElement).value += next;
    }, next);
    await wedge(phone, next);
    await expect(phone.locator("#guest-name")).toHaveValue(NAME);
    const told = phone.waitForResponse((response) => (response.request().postDataJSON() as { namings?: object[] } | null)?.namings?.length === 1);
    await phone.locator("#guest [type=submit]").click();
    expect(((await (await told).json()) as { named: object[] }).named).toHaveLength(1);
    await expect(phone.locator("#verdict")).toHaveAttribute("data-kind", "not_a_ticket");

    await desk.goto("/ban-to-chuc/ve-du-phong");
    await expect(desk.locator("#used")).toContainText(NAME);
    await desk.locator("#batches details summary").first().click();
    expect((await submit(desk, '#batches [name=reason][value=lost]')).status()).toBe(303);
    await expect(desk.locator("#batches")).toContainText("Thất lạc");
    // It asks again once it has taken in what it was told.
    for (let times = 0; times < 2; times += 1) await phone.waitForRequest("**/api/checkin/roster");
    await context.setOffline(true);
    await wedge(phone, voided);
    await expect(phone.locator("#verdict")).toHaveAttribute("data-kind", "stopped");
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

/** Makes the list that a phone keeps one of the format before. */
async function outdateList(phone: Page): Promise<void> {
  const numbers = await inStore<number[]>(phone, "pages", "getAllKeys");
  for (const number of numbers) {
    const page = await inStore<Uint8Array>(phone, "pages", "get", number);
    page[0]! -= 1;
    await inStore(phone, "pages", "put", page, number);
  }
}

/** Makes spare tickets by the form and gives back the texts of their codes, as they are printed. */
async function makeSpares(desk: Page, count: string): Promise<string[]> {
  await desk.goto("/ban-to-chuc/ve-du-phong");
  await desk.locator("[name=audience]").selectOption({ index: 1 });
  await desk.locator("[name=count]").fill(count);
  expect((await submit(desk)).status()).toBe(303);
  const href = (await desk.locator('main a[href$="/ve.pdf"]').first().getAttribute("href"))!;
  return printedCodes(await (await desk.request.get(href)).body());
}

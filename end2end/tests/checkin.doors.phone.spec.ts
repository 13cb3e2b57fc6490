import { request, type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { fitsTheScreen } from "../support/look";
import { localTime, Program } from "../support/program";
import { goOn, heldUp, openGate, settled, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const ROOM = "Phòng hội thảo 2";
const SESSION = "Kinh tế số vùng sen";
const MINUTE = 60_000;
const NEW_ROOM = `[[venues.rooms]]
code = "phong-4"
name = { vi = "Phòng hội thảo 4", en = "Seminar room 4" }
door = { opens_before = 30 }
`;

const NEXT = "Sổ sức khỏe điện tử";

/** The edition with these lines of a session, by its code, written anew. */
function changed(edition: string, code: string, lines: Record<string, string>): string {
  const [before, session] = edition.split(`[[sessions]]\ncode = "${code}"`) as [string, string];
  const write = (text: string, [name, value]: [string, string]) => text.replace(new RegExp(`^${name} = .*$`, "m"), `${name} = ${value}`);
  return `${before}[[sessions]]\ncode = "${code}"${Object.entries(lines).reduce(write, session)}`;
}

/** The edition with a session of its second seminar room in so many minutes, for an hour. */
const at =
  (minutes: number, code = "hoi-thao-kinh-te-so") =>
  (edition: string) => {
    const begin = Date.now() + minutes * MINUTE;
    // Shortly after midnight, what has begun did so on the day before.
    const [first, starts, ends] = [Date.now() - 60 * MINUTE, begin, begin + 60 * MINUTE].map((time) => localTime(new Date(time)));
    return changed(edition.replace(/^starts_on = .*$/m, `starts_on = ${first!.slice(0, 10)}`), code, { starts: starts!, ends: ends! });
  };

/** The edition with another seminar room. */
const withNewRoom = (edition: string) => edition.replace('[[venues.rooms]]\ncode = "phong-2"', `${NEW_ROOM}\n[[venues.rooms]]\ncode = "phong-2"`);

/** The edition with all sessions of the second seminar room in the new one. */
const allMoved = (edition: string) => edition.replaceAll('room = "phong-2"', 'room = "phong-4"');

test("the door of a room follows the programme, asks for a seat, and lets back in who has left", async ({ browser }, { project }) => {
  test.setTimeout(300_000);
  const program = await Program.start({});
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    program.edit(at(10));
    const visitor = await request.newContext({ baseURL: program.base });
    const code = async (session?: string) => codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", program.base, session));
    const [seated, late, without] = [await code(SESSION), await code(SESSION), await code()];
    const page = await context.newPage();
    await signInByForm(page, "steward", program.signIns());
    await openGate(page, ROOM);
    await expect(page.locator("#place")).toHaveText(ROOM);
    await expect(page.locator("#door")).toContainText(SESSION);
    await expect(page.locator("#door")).toContainText("0/100 chỗ");
    await settled(page);
    await fitsTheScreen(page);
    // On a wide screen the ways lie over camera and sheet, and push neither aside.
    const narrow = page.viewportSize()!;
    await page.setViewportSize({ width: 1280, height: 800 });
    const [ways, stage] = await Promise.all(["#direction", ".stage"].map((part) => page.locator(part).boundingBox()));
    expect([ways!.x, ways!.width, stage!.x, stage!.y]).toEqual([0, 1280, 0, ways!.y + ways!.height]);
    await page.setViewportSize(narrow);
    await expect(page.locator("[data-direction=exit]")).toBeInViewport();

    expect(await scanned(page, without)).toBe("wrong_place");
    await expect(page.locator("#verdict-word")).toHaveText("Chưa có chỗ ở đây");
    await expect(page.locator("#verdict-reason")).toContainText("Người này chưa đăng ký phiên này. Từ ");
    expect(await scanned(page, seated)).toBe("admit");
    await page.getByRole("button", { name: "Ra", exact: true }).click();
    await expect(page.locator("[data-direction=exit]")).toHaveAttribute("aria-pressed", "true");
    expect(await scanned(page, seated)).toBe("exit");
    await page.getByRole("button", { name: "Vào", exact: true }).click();
    expect(await scanned(page, seated)).toBe("readmit");
    expect(await scanned(page, seated)).toBe("already_in");
    await expect(page.locator("#door")).toContainText("1/100 chỗ", { timeout: 20_000 });

    // With no network the phone knows as well who has a seat.
    await context.setOffline(true);
    expect(await scanned(page, without)).toBe("wrong_place");
    await expect(page.locator("#door")).toContainText("ít nhất 1/100 chỗ, máy này đếm từ");
    expect(await scanned(page, late)).toBe("admit");
    await expect(page.locator("#door")).toContainText("ít nhất 2/100 chỗ, máy này đếm từ");
    await fitsTheScreen(page);
    const isWhole = (element: Element) => element.scrollWidth <= element.clientWidth && element.getClientRects().length > 0;
    expect(await page.locator("#door-state").evaluate(isWhole)).toBe(true);
    // Also when the page is opened anew.
    await page.goto("/diem-danh");
    await expect(page.locator("#door")).toContainText("ít nhất 2/100 chỗ, máy này đếm từ");
    const seen = await everything(page);
    await context.setOffline(false);
    await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
    await expect(page.locator("#door")).not.toContainText("ít nhất");
    await expect(page.locator("#door")).toContainText("2/100 chỗ");
    // Long enough for the server to be asked once more. Nobody was counted twice on the way, and nobody forgotten.
    await page.waitForTimeout(16_000);
    expect(new Set((await seen()).map((text) => /(\d+)\/100/.exec(text)![1]))).toEqual(new Set(["2"]));

    // The organisers move the session: its door moves along.
    program.edit(at(120));
    await expect(page.locator("#door")).toContainText("mở cửa lúc", { timeout: 30_000 });
    await page.waitForTimeout(3_100);
    expect(await scanned(page, without)).toBe("not_yet_open");
    // Into another room, with all others of this one: who scans here is told, and chooses anew.
    program.edit((edition) => withNewRoom(allMoved(at(120)(edition))));
    await goOn(page);
    await expect(page.locator("#moved")).toContainText("đã chuyển sang Phòng hội thảo 4", { timeout: 40_000 });
    await expect(page.locator("#scan")).toBeHidden();
    await fitsTheScreen(page);
    await page.locator("li.card", { hasText: "Phòng hội thảo 4" }).locator("[data-place]").click();
    await expect(page.locator("#scan")).toBeVisible();
    await expect(page.locator("#moved")).toBeHidden();
  } finally {
    await context.close();
    await program.stop();
  }
});

test("who scans for a session that moves to another room is told so, and at self-service the visitors are", async ({ browser }, { project }) => {
  test.setTimeout(300_000);
  const program = await Program.start({});
  const contexts = [await browser.newContext({ ...project.use, baseURL: program.base }), await browser.newContext({ ...project.use, baseURL: program.base })];
  try {
    program.edit((edition) => at(120, "hoi-thao-y-te")(at(10)(edition)));
    const visitor = await request.newContext({ baseURL: program.base });
    const code = async () => codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", program.base, SESSION));
    const [seated, late] = [await code(), await code()];
    const [page, kiosk] = [await contexts[0]!.newPage(), await contexts[1]!.newPage()];
    for (const each of [page, kiosk]) {
      await each.addInitScript(countTones);
      await signInByForm(each, "steward", program.signIns());
      await openGate(each, ROOM);
      await expect(each.locator("#door")).toContainText(SESSION);
      await settled(each);
    }
    await kiosk.locator("#menu summary").click();
    await kiosk.locator("#kiosk-pin").fill("2468");
    await kiosk.locator("#kiosk-on [type=submit]").click();

    // Its room has another session left: that is scanned for, which nobody would notice.
    program.edit((edition) => withNewRoom(changed(edition, "hoi-thao-kinh-te-so", { room: '"phong-4"' })));
    const [here, own, other] = ["#moved-here", "#moved-own", "#moved-other"];
    const moved = ["“Kinh tế số vùng sen: từ vườn đến sàn” đã chuyển sang Phòng hội thảo 4.", "“Digital economy: from the orchard to the marketplace” has moved to Seminar room 4."] as const;
    await expect(page.locator(here)).toBeVisible({ timeout: 40_000 });
    await expect(page.locator(own)).toHaveText(moved[0]);
    await expect(page.locator(other)).toBeHidden();
    await expect(page.locator("#scan")).toBeVisible();
    await expect(page.locator("#place")).toHaveText(ROOM);
    await expect(page.locator("#door")).toContainText(NEXT);
    expect(await tones(page)).toBe(1);
    await fitsTheScreen(page);
    await page.locator("#moved-seen").click();
    await expect(page.locator(here)).toBeHidden();
    await expect(kiosk.locator(own)).toHaveText(moved[0], { timeout: 40_000 });
    await expect(kiosk.locator(other)).toHaveText(moved[1]);
    await expect(kiosk.locator(other)).toBeVisible();
    await expect(kiosk.locator("#moved-seen")).toBeHidden();
    await expect(kiosk.locator(".stage")).toBeVisible();
    await fitsTheScreen(kiosk);

    // All others move too: who scans chooses anew, and until then hears of every code that nothing becomes of it.
    program.edit(allMoved);
    await expect(page.locator("#moved")).toBeVisible({ timeout: 40_000 });
    await expect(page.locator("#moved")).toContainText(`Phòng hội thảo 4. Hãy chọn lại nơi điểm danh.`);
    await expect(page.locator("#scan")).toBeHidden();
    expect(await tones(page)).toBe(2);
    const card = (room: string) => page.locator("#places li", { hasText: room });
    await expect(card(ROOM)).toBeHidden();
    await expect(card("Phòng hội thảo 4")).toContainText(SESSION);
    await expect(card("Phòng hội thảo 4")).toContainText("0/100 chỗ");
    await fitsTheScreen(page);
    expect(await heldUp(page, seated)).toBe("no_place");
    expect(await tones(page)).toBe(3);
    await fitsTheScreen(page);
    await goOn(page);
    await card("Phòng hội thảo 4").locator("[data-place]").click();
    await expect(page.locator("#scan")).toBeVisible();
    await expect(page.locator(here)).toBeHidden();
    // The same code counts at once: nothing had become of it.
    expect(await heldUp(page, seated)).toBe("admit");
    await goOn(page);

    // Visitors get nowhere without the PIN, also when the page is opened anew.
    for (const opened of [false, true]) {
      if (opened) await kiosk.reload();
      await expect(kiosk.locator("#kiosk-stopped")).toContainText("Mời bạn hỏi nhân viên.", { timeout: 40_000 });
      await expect(kiosk.locator("#kiosk-stopped")).toContainText("Please ask our staff.");
      for (const part of ["#choose", "#menu", ".stage", "#code-form", "#kiosk"]) await expect(kiosk.locator(part)).toBeHidden();
      await wedge(kiosk, seated);
      await expect(kiosk.locator("#verdict")).toBeHidden();
      await fitsTheScreen(kiosk);
    }
    await kiosk.locator("#kiosk-staff summary").click();
    await kiosk.locator("#kiosk-given").fill("1111");
    await kiosk.locator("#kiosk-off [type=submit]").click();
    await expect(kiosk.locator("#choose")).toBeHidden();
    await kiosk.locator("#kiosk-given").fill("2468");
    await kiosk.locator("#kiosk-off [type=submit]").click();
    await expect(kiosk.locator("#choose")).toBeVisible();
    await expect(kiosk.locator("#menu")).toBeVisible();
    await expect(kiosk.locator("#scan")).toBeHidden();

    // While one session runs and the door of the next is open, the answer says for which a ticket was scanned.
    program.edit((edition) => at(10, "hoi-thao-y-te")(at(-55)(edition)));
    await expect(page.locator("#door")).toContainText(NEXT, { timeout: 40_000 });
    expect(await heldUp(page, late)).toBe("admit");
    await expect(page.locator("#verdict-note")).toContainText(SESSION);
    await expect(page.locator("#scans li").first()).toContainText(SESSION);
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

/** Counts the tones that say nothing of a ticket: the same note twice. */
function countTones(): void {
  Object.assign(window, { notes: 0 });
  const create = BaseAudioContext.prototype.createOscillator;
  BaseAudioContext.prototype.createOscillator = function () {
    (window as unknown as { notes: number }).notes += 1;
    return create.call(this);
  };
}

/** How many of them there were, each of two notes. */
async function tones(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { notes: number }).notes / 2);
}

/** Gives back everything that the door tells from now on. */
async function everything(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const door = document.getElementById("door-state")!;
    const seen = [door.textContent];
    new MutationObserver(() => seen.push(door.textContent)).observe(door, { childList: true, characterData: true, subtree: true });
    Object.assign(window, { doors: seen });
  });
  return () => page.evaluate(() => (window as unknown as { doors: string[] }).doors);
}

/** Holds a code up, not within the time in which it would be the same look, and gives back what the screen says of it. */
async function scanned(page: Page, code: string): Promise<string> {
  await goOn(page);
  await page.waitForTimeout(3_100);
  return heldUp(page, code);
}

import { request, type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { fitsTheScreen } from "../support/look";
import { localTime, Program } from "../support/program";
import { goOn, heldUp, openGate, settled } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const ROOM = "Phòng hội thảo 2";
const SESSION = "Kinh tế số vùng sen";
const MINUTE = 60_000;
const NEW_ROOM = `[[venues.rooms]]
code = "phong-4"
name = { vi = "Phòng hội thảo 4", en = "Seminar room 4" }
door = { opens_before = 30 }
`;

/** The edition with this session of its second seminar room in so many minutes, for an hour. */
const at = (minutes: number) => (edition: string) => {
  const begin = Date.now() + minutes * MINUTE;
  const [today, starts, ends] = [Date.now(), begin, begin + 60 * MINUTE].map((time) => localTime(new Date(time)));
  const [before, session] = edition.split('[[sessions]]\ncode = "hoi-thao-kinh-te-so"') as [string, string];
  return (
    before.replace(/^starts_on = .*$/m, `starts_on = ${today!.slice(0, 10)}`) +
    '[[sessions]]\ncode = "hoi-thao-kinh-te-so"' +
    session.replace(/^starts = .*$/m, `starts = ${starts}`).replace(/^ends = .*$/m, `ends = ${ends}`)
  );
};

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
    program.edit((edition) =>
      at(120)(edition)
        .replaceAll('room = "phong-2"', 'room = "phong-4"')
        .replace('[[venues.rooms]]\ncode = "phong-2"', `${NEW_ROOM}\n[[venues.rooms]]\ncode = "phong-2"`),
    );
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

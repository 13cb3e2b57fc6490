import { createHash } from "node:crypto";
import { request, type APIRequestContext } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { fitsTheScreen } from "../support/look";
import { submitUnchecked } from "../support/people";
import { localTime, Program } from "../support/program";
import { POSTER, ticketOf } from "../support/things";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The edition whose raffle asks for one stamp, closes then, and whose number becomes public then. */
const closing = (at: Date, seedAt: Date) => (edition: string) => {
  const [before, raffle] = edition.split("[[raffles]]") as [string, string];
  const changed = raffle
    .replace(/^closes = .*$/m, `closes = ${localTime(at)}`)
    .replace(/^stamps = .*$/m, "stamps = 1")
    .replace(/^seed_at = .*$/m, `seed_at = ${localTime(seedAt)}`);
  return `${before}[[raffles]]${changed}`;
};

const from = (seconds: number) => new Date(Date.now() + seconds * 1_000);

/** Stamps somebody's ticket by its short code and gives the last four characters of that. */
async function stamped(visitor: APIRequestContext, origin: string, poster: string, name: string): Promise<string> {
  const page = await (await visitor.get(`/ve/${await ticketOf(visitor, name, origin)}`)).text();
  const [, code] = /class="short-code">([0-9A-Z]{4} [0-9A-Z]{4})</.exec(page)!;
  const answer = await visitor.post(`/TEM/${poster}`, { form: { ma: code! }, headers: { Origin: origin } });
  expect(answer.status()).toBe(200);
  return code!.slice(5);
}

test("a raffle is frozen, drawn by a public number, and computed again by anybody", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const program = await Program.start({});
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    program.edit(closing(from(3_600), from(7_200)));
    const page = await context.newPage();
    await signInByForm(page, "organiser", program.signIns());
    await page.goto("/ban-to-chuc/dau-gian-hang");
    await expect(page.getByText("Đang nhận dấu đến giờ chốt.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Khóa danh sách" })).toHaveCount(0);
    const [, poster] = POSTER.exec(await page.content())!;

    const visitor = await request.newContext({ baseURL: program.base });
    const names = ["Phạm Quốc Việt", "Lê Văn Tám", "Trần Thị Sen", "Đặng Thị Mỹ Lệ", "Nguyễn Thị Hạnh"];
    const tails: string[] = [];
    for (const name of names) tails.push(await stamped(visitor, program.base, poster!, name));

    // Where the number comes out first, no list is frozen for it any more, but for a later one.
    await page.waitForTimeout(2_100);
    program.edit(closing(from(-1), new Date()));
    await page.waitForTimeout(1_100);
    await page.reload();
    await expect(page.getByText("Con số đã có trước khi danh sách được khóa")).toBeVisible();
    await expect(page.getByRole("button", { name: "Khóa danh sách" })).toHaveCount(0);
    const seedAt = from(45);
    program.edit(closing(from(-1), seedAt));
    await page.reload();
    await page.getByRole("button", { name: "Khóa danh sách" }).click();
    await expect(page.getByText("Danh sách đã khóa. Con số quyết định sẽ có vào lúc")).toBeVisible();
    await expect(page.getByRole("button", { name: "Quay thưởng" })).toHaveCount(0);
    await fitsTheScreen(page);
    await page.waitForTimeout(Math.max(0, seedAt.getTime() + 1_000 - Date.now()));
    await page.reload();
    expect((await submitUnchecked(page, "form[action$=quay] [type=submit]")).status()).toBe(422);
    await expect(page.locator(".error-summary li")).toHaveCount(2);
    await page.locator("[name=seed]").fill("082107");
    await page.locator("[name=confirm]").check();
    await page.getByRole("button", { name: "Quay thưởng" }).click();
    await page.waitForURL(/\/quay-thuong\//);
    await fitsTheScreen(page);

    // What anybody does with the published list and number.
    const address = new URL(page.url()).pathname;
    const list = await (await visitor.get(`${address}/danh-sach.txt`)).text();
    await expect(page.getByText(sha256(list))).toBeVisible();
    const entrants = list.trimEnd().split("\n");
    expect(entrants).toHaveLength(names.length);
    const ranked = entrants
      .map((entrant) => [sha256(`NGAY-CDS RAFFLE V1:082107:${entrant}`), entrant] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, entrant]) => entrant);
    const codes = (table: string) => page.locator(`[id$=${table}] td code`).allInnerTexts();
    expect(await codes("winners")).toEqual(ranked.slice(0, 3));
    expect(await codes("reserves")).toEqual(ranked.slice(3));

    const published = await page.locator("main").innerText();
    expect(tails.every((tail) => published.includes(`…${tail}`))).toBe(true);
    expect(names.some((name) => published.includes(name.split(" ").at(-1)!))).toBe(false);
    await page.goto("/ban-to-chuc/dau-gian-hang");
    for (const name of names) await expect(page.getByRole("link", { name })).toBeVisible();
    await expect(page.getByRole("button", { name: "Quay thưởng" })).toHaveCount(0);
  } finally {
    await context.close();
    await program.stop();
  }
});

import type { Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import type { Role } from "../support/accounts";
import { canBeHitWithAThumb } from "../support/look";
import { fill, submit, submitUnchecked } from "../support/people";

const COVER = "../server/sample/covers/river.jpg";

const REASON = "Mục Giải pháp và kết quả chưa có số liệu sau khi làm. Đề nghị bổ sung.";

function dossier(title: string): Record<string, string | true> {
  return {
    title,
    title_en: "A boat that reads the river's depth",
    summary: "Ghe đo độ sâu lòng sông mỗi tuần và báo cho tàu thuyền chỗ cạn, nhờ vậy số vụ mắc cạn giảm từ 31 xuống còn 4 vụ một năm.",
    pillar: "xa-hoi-so",
    sector: "giao-thong",
    problem: "Luồng lạch đổi sau mỗi mùa nước nổi, bản đồ giấy thì hai năm mới in lại một lần. Năm 2025 có 31 vụ tàu thuyền mắc cạn.",
    solution: "Ghe thu gom rác gắn thêm máy dò độ sâu, số liệu về máy chủ của xã mỗi tối. Người dân xem bản đồ trên điện thoại, chủ ghe nhận tin nhắn khi luồng quen đi cạn dưới một mét rưỡi. Phao tiêu được dời theo bản đồ mới vào mỗi thứ Hai.",
    cover_alt: "Chiếc ghe gắn máy dò trên sông Tiền lúc sáng sớm",
    publish_consent: true,
  };
}

/** The values that a list or a group really offers: the first that is not empty. */
async function offered(page: Page, name: string): Promise<string> {
  return page.locator(`main [name="${name}"]`).evaluateAll((controls) => {
    const values = controls.flatMap((control) =>
      control instanceof HTMLSelectElement ? [...control.options].map(({ value }) => value) : [(control as HTMLInputElement).value],
    );
    return values.find((value) => value !== "")!;
  });
}

test("a dossier: written, submitted, returned, submitted again, published, withdrawn", async ({ page, signIn, accessible }, { project }) => {
  test.setTimeout(240_000);
  const title = `Bản đồ luồng lạch cập nhật mỗi tuần, ${project.name} ${Date.now()}`;
  const state = page.locator(".state").first();

  await signIn("department");
  await page.goto("/don-vi");
  expect((await submit(page, 'form[action="/don-vi"] [type=submit]')).status()).toBe(303);
  await page.waitForURL(/\/don-vi\/ho-so\/./);
  const writing = new URL(page.url()).pathname;
  const id = writing.split("/").pop()!;
  const review = `/ban-to-chuc/ho-so/${id}`;
  const as = async (role: Role, address: string) => {
    await signIn(role);
    return page.goto(address);
  };

  // Handed in while nothing is written: all that is missing is named, by the name that stands at its field.
  expect((await submit(page, `[formaction="${writing}/nop"]`)).status()).toBe(422);
  const summary = page.locator(".error-summary");
  for (const name of ["title", "summary", "pillar", "sector", "problem", "solution", "publish_consent"]) {
    await expect(summary.locator(`a[href="#${name}"]`), name).toBeVisible();
    await expect(page.locator(`#${name}`), name).toBeVisible();
  }
  // A group of choices is one field: it is the group that is wrong.
  const group = page.getByRole("radiogroup", { name: "Trụ cột" });
  await expect(group).toHaveAttribute("aria-invalid", "true");
  await expect(group).toHaveAccessibleDescription(/Hãy/);
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();

  const values = dossier(title);
  const pillar = await offered(page, "pillar");
  const sector = await offered(page, "sector");
  await page.locator(`[name=pillar][value="${pillar}"]`).check();
  await page.locator("[name=sector]").selectOption(sector);
  await fill(page, Object.fromEntries(Object.entries(values).filter(([name]) => !["pillar", "sector"].includes(name))));
  await page.locator("[name=cover]").setInputFiles(COVER);
  expect((await submit(page, `form.form [type=submit]:not([formaction])`)).status()).toBe(303);
  await expect(page.locator(".cover-now img")).toBeVisible();
  await expect(page.locator("[name=title]")).toHaveValue(title);

  expect((await submit(page, `[formaction="${writing}/nop"]`)).status()).toBe(303);
  await expect(state).toHaveClass(/submitted/);
  await expect(page.locator("form.form")).toHaveCount(0);
  const number = await page.locator(".dossier-facts dd").first().innerText();
  expect(number).toMatch(/\d/);

  await as("judge", "/hoi-dong");
  await page.getByRole("link", { name: title }).click();
  await expect(page.locator("h1")).toHaveText(title);
  await expect(page.locator('main form:not([action="/dang-xuat"])')).toHaveCount(0);

  await as("organiser", "/ban-to-chuc");
  await page.getByRole("link", { name: title }).click();
  await expect(page).toHaveURL(new RegExp(`${review}$`));
  expect((await submitUnchecked(page, `form[action="${review}/tra-lai"] [type=submit]`)).status()).toBe(422);
  await expect(page.locator('.error-summary a[href="#reason"]')).toBeVisible();
  await page.locator("[name=reason]").fill(REASON);
  expect((await submit(page, `form[action="${review}/tra-lai"] [type=submit]`)).status()).toBe(303);
  await expect(state).toHaveClass(/returned/);
  await expect(page.locator(".decision")).toContainText(REASON);

  // A judge reads what was submitted, and no longer what was sent back.
  expect((await as("judge", `/hoi-dong/ho-so/${id}`))?.status()).toBe(404);

  await as("department", writing);
  await expect(page.locator(".notice")).toContainText(REASON);
  const solution = page.locator("[name=solution]");
  await solution.fill(`${await solution.inputValue()} Sau một năm số vụ mắc cạn còn 4.`);
  expect((await submit(page, `[formaction="${writing}/nop"]`)).status()).toBe(303);
  await expect(page.locator(".dossier-facts")).toContainText(number);
  await expect(page.locator(".dossier")).toContainText("Sau một năm số vụ mắc cạn còn 4.");

  await as("organiser", review);
  expect((await submit(page, `form[action="${review}/cong-bo"] [type=submit]`)).status()).toBe(303);
  await expect(state).toHaveClass(/published/);
  const model = (await page.locator('.decision a[href^="/mo-hinh/"]').getAttribute("href"))!;

  await page.context().clearCookies();
  // Pages of everybody may be a second old.
  const card = page.locator(".card", { hasText: title });
  await expect(async () => {
    await page.goto("/mo-hinh");
    await expect(card.locator("img")).toHaveAttribute("alt", String(values.cover_alt), { timeout: 500 });
  }).toPass();
  await card.getByRole("link", { name: title }).click();
  await expect(page).toHaveURL(new RegExp(`${model}$`));
  await expect(page.locator("h1")).toHaveText(title);
  await expect(page.locator(".model")).toContainText(number);
  await page.goto(model.replace("/mo-hinh/", "/en/models/"));
  await expect(page.locator("h1")).toHaveText(String(values.title_en));

  await as("organiser", review);
  expect((await submit(page, `form[action="${review}/rut"] [type=submit]`)).status()).toBe(303);
  await expect(state).toHaveClass(/submitted/);
  await page.context().clearCookies();
  await expect.poll(async () => (await page.goto(model))?.status()).toBe(404);
  await expect(async () => {
    await page.goto("/mo-hinh");
    await expect(page.getByText(title)).toHaveCount(0, { timeout: 500 });
  }).toPass();
});

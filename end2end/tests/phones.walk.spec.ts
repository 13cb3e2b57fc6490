import { expect, fitsTheScreen, test } from "../fixtures";
import { canBeHitWithAThumb } from "../support/look";
import { readCode } from "../support/codes";
import { submit, submitUnchecked } from "../support/people";

test("a phone is paired by the code on the desk's screen, once, and signed out from there", async ({ page, browser, signIn, accessible, baseURL }, { project }) => {
  const name = `Cổng thử ${project.name} ${Date.now()}`;
  await signIn("organiser");
  await page.goto("/ban-to-chuc/may-quet");
  expect((await submitUnchecked(page, "main form.form [type=submit]")).status()).toBe(422);
  await expect(page.locator('.error-summary a[href="#name"]')).toBeVisible();
  await page.locator("[name=name]").fill(name);
  expect((await submit(page, "main form.form [type=submit]")).status()).toBe(200);
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
  const row = page.locator("tr", { hasText: name });
  await expect(row).toContainText("Chờ ghép");
  const address = readCode(await page.locator(".pairing svg").first().screenshot({ scale: "device" }))!;
  expect(address).toMatch(new RegExp(`^${baseURL}/ghep-may/[^/]{20,}$`));

  const context = await browser.newContext({ ...project.use, baseURL });
  const phone = await context.newPage();
  // To look at the link uses nothing up: messengers do that, too.
  for (let looks = 0; looks < 2; looks++) {
    await phone.goto(address);
    await expect(phone.locator("h1")).toHaveText("Ghép điện thoại này để điểm danh");
  }
  await fitsTheScreen(phone);
  expect((await submit(phone, "main form [type=submit]")).status()).toBe(303);
  await expect(phone).toHaveURL(/\/diem-danh$/);
  await expect(phone.locator("header")).toContainText(name);
  // It may scan and nothing else.
  expect((await phone.goto("/ban-to-chuc"))?.status()).toBe(403);

  const other = await (await browser.newContext({ ...project.use, baseURL })).newPage();
  await other.goto(address);
  await submit(other, "main form [type=submit]");
  await expect(other.locator("h1")).toHaveText("Mã ghép này không dùng được nữa");
  await fitsTheScreen(other);
  await other.goto("/diem-danh");
  await expect(other).toHaveURL(/dang-nhap/);
  await other.context().close();

  await page.goto("/ban-to-chuc/may-quet");
  await expect(row).toContainText("Đang dùng");
  await expect(row.getByRole("button")).toHaveAccessibleName(new RegExp(`^Thu hồi ?: ${name}$`));
  await row.getByRole("button").click();
  await expect(row).toContainText("Đã thu hồi");
  await expect(row.getByRole("button")).toHaveCount(0);
  await phone.goto("/diem-danh");
  await expect(phone).toHaveURL(/dang-nhap/);
  await context.close();
});

import { expect, test } from "../fixtures";
import { submit } from "../support/people";

test("what is typed into a dossier is kept without a button, also when the network is away for a while", async ({ page, signIn, context }) => {
  await signIn("department");
  await page.goto("/don-vi");
  await submit(page, 'form[action="/don-vi"] [type=submit]');
  await page.waitForURL(/\/don-vi\/ho-so\/./);
  await page.waitForLoadState("networkidle");
  const line = page.locator(".autosave");
  const title = page.locator("[name=title]");
  const problem = page.locator("[name=problem]");

  await title.pressSequentially("Đo mưa bằng điện thoại");
  await expect(line).toHaveText(/^Đã lưu lúc/);
  await page.reload();
  await expect(title).toHaveValue("Đo mưa bằng điện thoại");

  await page.waitForLoadState("networkidle");
  await context.setOffline(true);
  await problem.pressSequentially("Trạm đo mưa cách nhau 30 cây số.");
  await expect(line).toHaveText(/^Chưa lưu được/);
  await context.setOffline(false);
  await expect(line).toHaveText(/^Đã lưu lúc/, { timeout: 20_000 });
  await page.reload();
  await expect(problem).toHaveValue("Trạm đo mưa cách nhau 30 cây số.");
});

test("what is typed last leaves with the page", async ({ page, signIn }) => {
  await signIn("department");
  await page.goto("/don-vi");
  await submit(page, 'form[action="/don-vi"] [type=submit]');
  await page.waitForURL(/\/don-vi\/ho-so\/./);
  await page.waitForLoadState("networkidle");
  const writing = page.url();
  await page.locator("[name=title]").pressSequentially("Vườn nhãn có mã số");
  await page.goto("/don-vi");
  await page.goto(writing);
  await expect(async () => {
    await page.reload();
    await expect(page.locator("[name=title]")).toHaveValue("Vườn nhãn có mã số", { timeout: 500 });
  }).toPass({ timeout: 60_000 });
});

test("a dossier's form is answered whole, also when several ask at once", async ({ page, signIn, things }) => {
  await signIn("department");
  const address = `/don-vi/ho-so/${things.dossiers.draft}`;
  // What belongs to one thread alone and is dropped by another fails one answer in a hundred.
  const ask = async () => (await page.request.get(address)).status();
  for (let round = 0; round < 40; round++) {
    expect(await Promise.all(Array.from({ length: 8 }, ask))).toEqual(Array<number>(8).fill(200));
  }
});

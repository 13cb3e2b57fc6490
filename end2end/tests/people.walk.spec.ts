import { expect, fitsTheScreen, test } from "../fixtures";
import { submit } from "../support/people";
import { ticketOf } from "../support/things";

test("an organiser makes an invitation, its link opens the form, and it is taken back", async ({ page, signIn, accessible }) => {
  await signIn("organiser");
  await page.goto("/ban-to-chuc/ma-moi");
  await page.locator("#audience").selectOption({ label: "Đại biểu" });
  await page.locator("#label").fill("Báo Ấp Bắc");
  expect((await submit(page, "#entry > p > [type=submit]")).status()).toBe(303);
  const link = await page.locator(".notice .copied").innerText();
  await fitsTheScreen(page);
  await accessible(["light"]);
  await page.goto(new URL(link).pathname + new URL(link).search);
  await expect(page.locator("main")).toContainText("Mã mời đã được nhận.");

  await page.goto("/ban-to-chuc/ma-moi");
  const row = page.locator("#invitations tbody tr").first();
  await row.locator("summary").click();
  await submit(page, "#invitations details[open] [type=submit]");
  await expect(row).toContainText("Đã thu hồi");
  await page.goto(new URL(link).pathname + new URL(link).search);
  await expect(page.locator("main")).toContainText("Mã mời không đúng");
});

test("an organiser compares two registrations of one person and merges them", async ({ page, signIn, accessible }) => {
  // Other projects run the same test beside this one: a name has letters only.
  const name = `Phan Thị Cẩm ${Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("")}`;
  const [kept, other] = [await ticketOf(page.request, name), await ticketOf(page.request, name)];
  await signIn("organiser");
  await page.goto(`/ban-to-chuc/nguoi-dang-ky?tim=${encodeURIComponent(name)}`);
  const ids = await page
    .locator("#people tbody th a")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")!.split("/").at(-1)!));
  await page.goto(`/ban-to-chuc/nguoi-dang-ky/${ids[0]}/gop?voi=${ids[1]}`);
  await expect(page.locator("#compared tbody tr").first()).toContainText(name);
  await fitsTheScreen(page);
  await accessible(["light"]);
  await page.locator(`input[name=keep][value="${ids[0]}"]`).check();
  expect((await submit(page)).status()).toBe(303);
  await expect(page.locator("#history")).toContainText("Nhận gộp từ đăng ký khác");
  const passes = [];
  for (const ticket of [kept, other]) {
    await page.goto(`/ve/${ticket}`);
    passes.push(await page.locator(".pass-code").count());
  }
  expect(passes.sort()).toEqual([0, 1]);
});

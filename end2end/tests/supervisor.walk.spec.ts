import { expect, fitsTheScreen, test } from "../fixtures";
import { canBeHitWithAThumb } from "../support/look";
import { submit, submitUnchecked } from "../support/people";
import { ticketOf } from "../support/things";

test("a supervisor finds somebody, lets in by hand against the rule, writes a note, and undoes it", async ({ page, signIn, accessible }) => {
  // Other projects run the same test beside this one: a name has letters only.
  const name = `Lý Thị Bông ${Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("")}`;
  await ticketOf(page.request, name);
  await signIn("supervisor");
  await page.goto(`/ban-to-chuc/nguoi-dang-ky?tim=${encodeURIComponent(name)}`);
  await page.locator("#people tbody th a").click();
  await expect(page.locator("h1")).toHaveText(name);
  await expect(page.locator("main")).not.toContainText("Nhật ký");

  const admit = page.locator('form[action$="/cho-vao"]');
  await page.getByText("Cho vào không quét thẻ").click();
  // The gates of the sample's day have not opened.
  await admit.locator("#checkpoint").selectOption({ label: "Cổng số 2, khu triển lãm" });
  await admit.locator("#reason").selectOption("forgotten");
  expect((await submitUnchecked(page, 'form[action$="/cho-vao"] [type=submit]')).status()).toBe(422);
  await expect(page.getByRole("alert")).toContainText("Chưa đến giờ");
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
  expect((await submit(page, 'form[action$="/cho-vao"] [type=submit]')).status()).toBe(303);
  const scan = page.locator("#scans tbody tr").first();
  await expect(scan).toContainText("cho vào trái quy tắc");

  await page.getByText("Sửa lưu ý khi đón").click();
  await page.locator("#attention").fill("Cần xe lăn");
  expect((await submit(page, 'form[action$="/luu-y"] [type=submit]')).status()).toBe(303);
  await expect(page.locator("dl.dossier-facts")).toContainText("Cần xe lăn");

  await scan.locator("summary").click();
  expect((await submit(page, "#scans details[open] [type=submit]")).status()).toBe(303);
  await expect(scan).toContainText("Đã hủy");

  await page.goto("/ban-to-chuc/can-xem-lai");
  await expect(page.locator(".conflict", { hasText: name })).toContainText("Cho vào bằng tay, trái quy tắc");
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
});

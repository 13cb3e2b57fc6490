import { expect, test } from "../fixtures";

test("without scripts the check-in page says that it needs them, and what to do instead", async ({ page, signIn }) => {
  await signIn("steward");
  const answer = await page.goto("/diem-danh");
  expect(answer?.status()).toBe(200);
  const told = page.locator("noscript .notice p");
  await expect(told).toContainText("Máy quét cần JavaScript");
  await expect(told).toBeVisible();
  await expect(page.getByRole("heading", { name: "Điểm danh bằng máy ảnh của điện thoại" })).toBeVisible();
  await expect(page.locator("main")).toContainText("Trang của thẻ có nút Điểm danh");
  // What cannot work is not offered.
  await expect(page.locator("[data-place]").first()).toBeHidden();
  await expect(page.locator("#scan")).toBeHidden();
});

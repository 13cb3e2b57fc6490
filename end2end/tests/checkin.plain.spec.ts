import { expect, test } from "../fixtures";

test("without scripts the check-in page says that it needs them, and what to do instead", async ({ page, signIn }) => {
  await signIn("steward");
  await page.goto("/diem-danh");
  await expect(page.locator("noscript, .notice").first()).toBeVisible();
});

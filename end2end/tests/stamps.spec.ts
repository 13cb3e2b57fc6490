import { expect, test } from "../fixtures";
import { fitsTheScreen } from "../support/look";
import { fill, register, submit } from "../support/people";

test("a poster's code stamps the ticket that was opened in this browser with one tap, and the ticket shows it", async ({ page, things }) => {
  await register(page);
  const link = page.url();
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 0/3" })).toBeVisible();
  await page.goto(`/TEM/${things.booth.toLowerCase()}`);
  await fitsTheScreen(page);
  await page.getByRole("button", { name: /^Đóng dấu cho N\. T\. Hạnh · …[0-9A-Z]{4}$/ }).click();
  await expect(page.getByText("Thẻ này có dấu của gian hàng từ lúc")).toBeVisible();
  await expect(page.getByRole("button", { name: "Đóng dấu cho" })).toHaveCount(0);
  await page.goto(link);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible();
});

test("a browser that forgets its tickets asks for the short code, which stamps as well", async ({ page, things }) => {
  await register(page);
  const shown = await page.locator(".short-code").innerText();
  await page.goto(`/TEM/${things.booth}`);
  await expect(page.getByRole("button", { name: "Đóng dấu cho" })).toBeVisible();
  await page.getByRole("button", { name: "Quên thẻ trên máy này" }).click();
  await expect(page.getByRole("button", { name: "Quên thẻ trên máy này" })).toHaveCount(0);
  await fill(page, { ma: "0000 0001" });
  expect((await submit(page)).status()).toBe(422);
  await expect(page.locator("[name=ma]")).toHaveValue("0000 0001");
  await fill(page, { ma: shown.toLowerCase() });
  expect((await submit(page)).status()).toBe(200);
  await expect(page.getByText("Thẻ này có dấu của gian hàng từ lúc")).toBeVisible();
});

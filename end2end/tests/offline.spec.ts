import { expect, test } from "../fixtures";
import { register, submit } from "../support/people";

test("an opened ticket opens again from its link without a network", async ({ page, context }) => {
  await register(page);
  const link = page.url();
  const pass = await page.locator(".pass").innerText();
  await page.goto("about:blank");
  await context.setOffline(true);
  await page.goto(link);
  expect(await page.locator(".pass").innerText()).toBe(pass);
  await expect(page.locator(".pass-code svg")).toBeVisible();
});

test("a ticket that is given back is kept nowhere", async ({ page }) => {
  await register(page);
  const link = page.url();
  await page.goto(link);
  await page.locator("details.cancel summary").click();
  expect((await submit(page, "details.cancel [type=submit]")).status()).toBe(303);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(page.locator(".pass.stopped")).toBeVisible();
  await expect(page.locator(".pass-code")).toHaveCount(0);
});

test("larger letters reach a ticket that is kept", async ({ page }) => {
  await register(page);
  await page.goto(page.url());
  await page.locator("[name=size][value=large]").click();
  await expect(page.locator("html")).toHaveAttribute("data-size", "large");
});

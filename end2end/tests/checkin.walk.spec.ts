import { expect, fitsTheScreen, test } from "../fixtures";
import { submit, submitUnchecked } from "../support/people";
import { codeOf, ticketOf } from "../support/things";

test("a steward whose phone's own camera opened the code checks in on the page behind it", async ({ page, signIn, accessible }) => {
  const ticket = await ticketOf(page.request);
  const behind = `/T/${await codeOf(page.request, ticket)}`;
  await page.goto(behind);
  await expect(page.locator("main form")).toHaveCount(0);

  const gate = async () => (await page.locator("#checkpoint option", { hasText: "Cổng số 1" }).getAttribute("value"))!;
  await signIn("steward");
  await page.goto(behind);
  // The place is asked for, and named where it is missing.
  expect((await submitUnchecked(page, "main form.form [type=submit]")).status()).toBe(422);
  await expect(page.locator("#checkpoint")).toHaveAttribute("aria-invalid", "true");
  await page.locator("#checkpoint").selectOption(await gate());
  expect((await submit(page, "main form.form [type=submit]")).status()).toBe(200);
  const answer = page.locator(".answer");
  await expect(answer).toHaveAttribute("data-kind", "admit");
  await expect(answer).toHaveRole("status");
  await expect(page.locator("main form.form")).toHaveCount(0);
  await expect(answer).toContainText("Nguyễn");
  await fitsTheScreen(page);
  await accessible();
  await submit(page, 'form[action$="/hoan-tac"] [type=submit]');
  await expect(page.getByRole("status")).toContainText("Đã hoàn tác");
  await page.locator("#checkpoint").selectOption(await gate());
  await submit(page, "main form.form [type=submit]");
  await expect(answer).toHaveAttribute("data-kind", "admit");

  await page.goto(behind);
  await page.locator("#checkpoint").selectOption(await gate());
  await submit(page, "main form.form [type=submit]");
  await expect(answer).toHaveAttribute("data-kind", "already_in");

  await submitCancelled(page, ticket);
  await page.goto(behind);
  await expect(page.locator(".status.stopped")).toBeVisible();
});

async function submitCancelled(page: import("@playwright/test").Page, ticket: string): Promise<void> {
  await page.goto(`/ve/${ticket}`);
  await page.locator("details.cancel summary").click();
  await submit(page, "details.cancel [type=submit]");
}

import type { Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { submit } from "../support/people";
import { ticketOf } from "../support/things";

/** Points of a millimetre. */
const POINTS = 72 / 25.4;

/** The sizes of a printed file's pages, in millimetres. */
function sizes(pdf: Buffer): [number, number][] {
  const boxes = [...pdf.toString("latin1").matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  return boxes.map(([, width, height]) => [Math.round(Number(width) / POINTS), Math.round(Number(height) / POINTS)]);
}

/** The address of the badges of somebody who has just registered. */
async function badgesOf(page: Page, name: string): Promise<string> {
  const link = await ticketOf(page.request, name);
  const [, short] = /class="short-code[^>]*>([^<]+)</.exec(await (await page.request.get(`/ve/${link}`)).text())!;
  await page.goto(`/ban-to-chuc/nguoi-dang-ky?tim=${short!.replace(/[^0-9A-Z]/g, "")}`);
  const person = await page.locator('main a[href*="/nguoi-dang-ky/"]', { hasText: name }).first().getAttribute("href");
  return `/ban-to-chuc/the-deo?nguoi=${person!.split("/").pop()}`;
}

test("a badge is printed on its label, told in the log, and printed again only with a reason", async ({ page, signIn, accessible, javaScriptEnabled }) => {
  await signIn("organiser");
  const address = await badgesOf(page, "Nguyễn Thị Hồng Hạnh");
  await page.goto(address);
  await page.locator("[name=template]").selectOption("roll-62x100");
  expect((await submit(page, "#entry [type=submit]")).status()).toBe(303);
  await expect(page.locator(".badge-name")).toHaveText("Nguyễn Thị Hồng Hạnh");
  await fitsTheScreen(page);
  await accessible();
  const button = page.getByRole("button", { name: "In", exact: true });
  if (javaScriptEnabled) {
    // As a browser does whose dialogue for printing opens.
    await page.evaluate(() => {
      window.print = () => void window.dispatchEvent(new Event("beforeprint"));
    });
    await expect(button).toBeVisible();
    await expect(page.locator("#printed")).toBeHidden();
    const noted = page.waitForResponse((answer) => answer.request().method() === "POST");
    await button.click();
    expect((await noted).status()).toBe(303);
    await expect(button).toHaveCount(0);
    await expect(page.getByRole("status").filter({ hasText: "Đã mở hộp thoại in." })).toBeVisible();
  } else {
    await expect(button).toHaveCount(0);
    await expect(page.locator(".badge-guide")).toContainText("Ctrl+P");
  }
  // One label and nothing beside it: neither menus nor an empty page.
  expect(sizes(await page.pdf({ preferCSSPageSize: true }))).toEqual([[62, 100]]);

  // Once printed it prints nothing, unless the print has failed.
  if (javaScriptEnabled) await page.reload();
  else expect((await submit(page, "button:has-text('Tôi đã in xong')")).status()).toBe(303);
  await expect(page.locator("main")).toContainText("Bản này bắt đầu in lúc");
  await expect(page.locator(".badge")).toHaveCount(0);
  await fitsTheScreen(page);
  await accessible();
  expect((await submit(page, "button:has-text('In lại bản này')")).status()).toBe(303);
  await expect(page.locator(".badge-name")).toHaveText("Nguyễn Thị Hồng Hạnh");

  await page.goto(address);
  await expect(page.locator("#log")).toContainText("62");
  await expect(page.locator("#log")).toContainText("Kẹt giấy, in hỏng hoặc chưa in được");
  await page.locator("[name=template]").selectOption("sheet-a4");
  expect((await submit(page, "#entry [type=submit]")).status()).toBe(422);
  await page.locator("[name=reason]").selectOption("jam");
  expect((await submit(page, "#entry [type=submit]")).status()).toBe(303);
  expect(sizes(await page.pdf({ preferCSSPageSize: true }))).toEqual([[210, 297]]);
});

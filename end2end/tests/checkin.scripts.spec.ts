import { type Browser, type Page } from "@playwright/test";
import { expect, fitsTheScreen, picture, signIns, test } from "../fixtures";
import { browserWithCamera, fakeCamera } from "../support/camera";
import { register } from "../support/people";

/** Signs a steward in on a phone of his own and opens the gate that is always open. */
async function openGate(browser: Browser, options: object): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const { email, password } = signIns().steward;
  await page.goto("/dang-nhap");
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=password]").fill(password);
  await page.locator("form:has([name=password]) [type=submit]").click();
  await page.waitForURL(/diem-danh/);
  await page.locator("li.card", { hasText: "Cổng số 1" }).locator("[data-place]").click();
  await expect(page.locator("#scan")).toBeVisible();
  return page;
}

test("register → ticket → scan → admitted → scan again → already in", async ({ page, baseURL }, { project }) => {
  test.setTimeout(90_000);
  await register(page);
  const name = await page.locator(".pass h2").innerText();
  const link = new URL(page.url()).pathname;
  const png = await (await page.request.get(`${link}/ma.png`)).body();

  const browser = await browserWithCamera(fakeCamera(png));
  try {
    const { viewport, deviceScaleFactor, isMobile, hasTouch } = project.use;
    const gate = await openGate(browser, { baseURL, viewport, deviceScaleFactor, isMobile, hasTouch, permissions: ["camera"] });
    const start = gate.locator("#start");
    if (await start.isVisible()) await start.click();

    const verdict = gate.locator("#verdict");
    await expect(verdict).toBeVisible({ timeout: 30_000 });
    await expect(verdict).toHaveAttribute("data-kind", "admit", { timeout: 15_000 });
    await expect(gate.locator("#verdict-name")).toHaveText(name);
    await picture(gate, "verdict", project.name);
    // A plain admission goes away by itself.
    await expect(verdict).toBeHidden();

    // The code is held before the camera again.
    await expect(verdict).toBeVisible({ timeout: 30_000 });
    await expect(verdict).toHaveAttribute("data-kind", "already_in", { timeout: 15_000 });
    await gate.locator("#go-on").click();
    await fitsTheScreen(gate);
  } finally {
    await browser.close();
  }
});

test("the short code does what the camera does", async ({ page, browser, baseURL }, { project }) => {
  await register(page);
  const code = await page.locator(".short-code").innerText();
  const { viewport, deviceScaleFactor, isMobile, hasTouch } = project.use;
  const gate = await openGate(browser, { baseURL, viewport, deviceScaleFactor, isMobile, hasTouch });
  await gate.locator("#code").fill(code);
  await gate.locator("#code-form [type=submit]").click();
  const verdict = gate.locator("#verdict");
  await expect(verdict).toHaveAttribute("data-kind", "admit");
  await expect(verdict).toBeHidden();
  await gate.locator("#code").fill(code);
  await gate.locator("#code-form [type=submit]").click();
  await expect(verdict).toHaveAttribute("data-kind", "already_in");
  await gate.context().close();
});

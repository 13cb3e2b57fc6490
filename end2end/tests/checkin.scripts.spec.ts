import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { expect, fitsTheScreen, picture, test, watch } from "../fixtures";
import { session } from "../support/accounts";
import { browserWithCamera, fakeCamera } from "../support/camera";
import { register } from "../support/people";
import { openGate, wedge } from "../support/scanner";
import { addressOf, pictureOf, secretAt } from "../support/things";

/** A phone of a steward's own at the gate that is always open, watched as every page is. */
async function gateOf(browser: Browser, options: BrowserContextOptions): Promise<{ gate: Page; troubles: string[] }> {
  const context = await browser.newContext(options);
  await context.addCookies([await session("steward")]);
  const gate = await context.newPage();
  const troubles = watch(gate, options.baseURL!);
  await openGate(gate);
  return { gate, troubles };
}

async function type(page: Page, code: string): Promise<void> {
  await page.locator("#code").fill(code);
  await page.locator("#code-form [type=submit]").click();
}

test("register → ticket → scan → admitted → scan again → already in", async ({ page, baseURL }, { project }) => {
  await register(page);
  const name = await page.locator(".pass h2").innerText();
  const png = await pictureOf(page.request, secretAt(page));

  const browser = await browserWithCamera(fakeCamera(png));
  try {
    const { viewport, deviceScaleFactor, isMobile, hasTouch } = project.use;
    const { gate, troubles } = await gateOf(browser, { baseURL, viewport, deviceScaleFactor, isMobile, hasTouch, permissions: ["camera"] });
    const start = gate.locator("#start");
    if (await start.isVisible()) await start.click();

    const verdict = gate.locator("#verdict");
    await expect(verdict).toHaveAttribute("data-kind", "admit", { timeout: 45_000 });
    await expect(gate.locator("#verdict-name")).toHaveText(name);
    await picture(gate, "verdict", project.name);
    // A plain admission goes away by itself.
    await expect(verdict).toBeHidden();

    // The code is held before the camera again.
    await expect(verdict).toBeVisible({ timeout: 30_000 });
    await expect(verdict).toHaveAttribute("data-kind", "already_in", { timeout: 40_000 });
    await gate.locator("#go-on").click();
    await fitsTheScreen(gate);
    expect(troubles).toEqual([]);
  } finally {
    await browser.close();
  }
});

test("the short code does what the camera does, typed by hand or by a reader", async ({ page, signIn, accessible }) => {
  await register(page);
  const code = (await page.locator(".short-code").innerText()).trim();
  await signIn("steward");
  await openGate(page);
  await accessible();
  await type(page, code);
  const verdict = page.locator("#verdict");
  await expect(verdict).toHaveAttribute("data-kind", "admit");
  await expect(verdict).toBeHidden();
  await wedge(page, code.replaceAll(/\s/g, ""));
  await expect(verdict).toHaveAttribute("data-kind", "already_in");
  // It stays until somebody has read it.
  await fitsTheScreen(page);
  await accessible();
});

test("scans without a network are kept, and sent when it is back", async ({ page, signIn, context }) => {
  await register(page);
  const code = await addressOf(page.request, secretAt(page));
  await signIn("steward");
  // The list has not come: the phone knows no ticket.
  await page.route("**/api/checkin/roster", (route) => route.abort());
  await openGate(page);
  await context.setOffline(true);
  await type(page, code);
  const verdict = page.locator("#verdict");
  // Its signature is true: that needs no network.
  await expect(verdict).toHaveAttribute("data-kind", "admit_unconfirmed");
  await expect(verdict).toContainText("được giữ lại và gửi sau");
  await page.locator("#go-on").click();
  await expect(page.locator("#waiting")).toHaveText("1");
  await expect(page.locator("#network")).toHaveText("mất");
  // The phone has let this guest in already.
  await type(page, code);
  await expect(verdict).toHaveAttribute("data-kind", "already_in");
  await page.locator("#go-on").click();

  await page.unroute("**/api/checkin/roster");
  const sent = page.waitForResponse("**/api/checkin/scans");
  await context.setOffline(false);
  expect(((await (await sent).json()) as { results: { verdict: { kind: string } }[] }).results[0]?.verdict).toMatchObject({ kind: "admit" });
  await expect(page.locator("#waiting")).toHaveText("0");
  await expect(page.locator("#network")).toHaveText("tốt");
});

test("an identity card is refused, and nothing of it leaves the phone", async ({ page, signIn }) => {
  const card = "087099000123|340123456|Nguyễn Văn A|01011990|Nam|Phường Cao Lãnh, Đồng Tháp|01012022";
  await signIn("steward");
  await openGate(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await wedge(page, card);
  const verdict = page.locator("#verdict");
  await expect(verdict).toContainText("Mã căn cước");
  await expect(verdict).not.toContainText("Nguyễn Văn A");
  await page.locator("#go-on").click();
  await expect(page.locator("#waiting")).toHaveText("0");
  expect(asked.filter((address) => address.includes("/scans"))).toEqual([]);
  expect(await page.content()).not.toContain("340123456");
});

test("a photo of a code is read, and one without a code says so", async ({ page, signIn }) => {
  await register(page);
  const picture = await pictureOf(page.request, secretAt(page));
  await signIn("steward");
  await openGate(page);
  await page.locator("#picture").setInputFiles({ name: "the.png", mimeType: "image/png", buffer: picture });
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit", { timeout: 20_000 });
  await expect(page.locator("#verdict")).toBeHidden();
  await page.locator("#picture").setInputFiles("../server/sample/covers/river.jpg");
  await expect(page.locator("#picture-note")).toHaveText(/^Không thấy mã QR/, { timeout: 20_000 });
});

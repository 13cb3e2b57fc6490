import { expect, fitsTheScreen, test } from "../fixtures";
import { stubCamera, openGate, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

test("visitors check themselves in, read what is theirs, and get no further without the PIN", async ({ page, request, signIn, accessible }) => {
  const code = await codeOf(request, await ticketOf(request, "Nguyễn Thị Hạnh"));
  await stubCamera(page, {});
  await signIn("steward");
  await openGate(page);
  const menu = page.locator("#menu");
  await menu.locator("summary").click();
  await page.locator("#kiosk-pin").fill("12");
  await page.locator("#kiosk-on [type=submit]").click();
  await expect(page.locator("#kiosk-error")).toHaveText("Mã gồm 4 đến 6 chữ số.");
  await page.locator("#kiosk-pin").fill("2468");
  await page.locator("#kiosk-on [type=submit]").click();

  // The camera looks at the visitor, and nothing that staff need is in reach.
  await expect(page.locator("#kiosk")).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.seen.wishes.at(-1)?.facingMode)).toEqual({ ideal: "user" });
  for (const part of ["#menu", "#scans", "#waiting", "#stop", "#count", "#who", "#picture"]) await expect(page.locator(part)).toBeHidden();
  await fitsTheScreen(page);
  await accessible();

  const verdict = page.locator("#verdict");
  await wedge(page, code);
  await expect(verdict).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#verdict-word")).toHaveText("Xin chào!");
  await expect(page.locator("#verdict-name")).toHaveText("N. T. Hạnh");
  await expect(page.locator("#verdict-note")).toHaveText("Welcome! You are checked in. Please come in.");
  // Nobody taps it away.
  await expect(verdict).toBeHidden({ timeout: 40_000 });
  // The same code counts again after three seconds.
  await page.waitForTimeout(3_100);
  await wedge(page, code);
  await expect(verdict).toHaveAttribute("data-kind", "already_in");
  await expect(page.locator("#verdict-word")).toHaveText("Bạn đã điểm danh rồi");
  await expect(page.locator("#verdict-name")).toHaveText("");
  await expect(verdict).toBeHidden({ timeout: 40_000 });

  // It serves on after a restart, and ends with the PIN alone.
  await page.reload();
  await expect(page.locator("#kiosk")).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.seen.asked)).toBe(1);
  await page.locator("#kiosk-staff summary").click();
  await page.locator("#kiosk-given").fill("1111");
  await page.locator("#kiosk-off [type=submit]").click();
  await expect(page.locator("#kiosk-wrong")).toHaveText("Mã chưa đúng.");
  await expect(menu).toBeHidden();
  await page.locator("#kiosk-given").fill("2468");
  await page.locator("#kiosk-off [type=submit]").click();
  await expect(menu).toBeVisible();
  await expect(page.locator("#kiosk")).toBeHidden();
  await expect(page.locator("#waiting")).toBeVisible();
});

test("a device whose PIN nobody here knows is staff's: after a sign-out, or when somebody else has signed in", async ({ page, signIn }) => {
  await signIn("steward");
  await openGate(page);
  await page.locator("#menu summary").click();
  await page.locator("#kiosk-pin").fill("2468");
  await page.locator("#kiosk-on [type=submit]").click();
  await expect(page.locator("#menu")).toBeHidden();
  await page.route("**/api/checkin/**", (route) => route.fulfill({ status: 401, json: { error: "sign in" } }));
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "signed_out", { timeout: 20_000 });
  await page.locator("#go-on").click();
  await expect(page.locator("#menu")).toBeVisible();
  await page.unroute("**/api/checkin/**");
  await page.reload();
  // The page is ready.
  await expect(page.locator("#scan")).toBeVisible();
  await expect(page.locator("#menu")).toBeVisible();

  await page.evaluate(() => localStorage.setItem("checkin.kiosk", "2468\nTrần Văn Khác"));
  await page.reload();
  await expect(page.locator("#scan")).toBeVisible();
  await expect(page.locator("#menu")).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem("checkin.kiosk"))).toBeNull();
});

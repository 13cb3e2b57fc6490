import type { BrowserContext, Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { register } from "../support/people";
import { signInByForm } from "../support/accounts";
import { inStore, openGate, settled, wedge } from "../support/scanner";
import { addressOf, secretAt } from "../support/things";

/** Registers somebody and gives back the code of the ticket. */
async function ticket(page: Page): Promise<{ code: string; short: string; name: string }> {
  await register(page);
  const name = await page.locator(".pass h2").innerText();
  const short = (await page.locator(".short-code").innerText()).trim();
  return { code: await addressOf(page.request, secretAt(page)), short, name };
}

/** The names of the databases' and caches' contents that a page of this phone can read. */
async function kept(page: Page): Promise<{ addresses: string[]; pages: string }> {
  return page.evaluate(async () => {
    const addresses: string[] = [];
    let pages = "";
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        addresses.push(new URL(request.url).pathname);
        const answer = await cache.match(request, { ignoreVary: true });
        if (answer?.headers.get("content-type")?.startsWith("text/html")) pages += await answer.text();
      }
    }
    return { addresses, pages };
  });
}

async function leave(context: BrowserContext, page: Page): Promise<void> {
  await context.setOffline(true);
  await page.goto("/diem-danh");
  await expect(page.locator("#scan")).toBeVisible();
}

const verdict = (page: Page) => page.locator("#verdict");

test("the page opens without a network, knows the tickets by its list, and forgets nothing in a restart", async ({ page, signIn, context }) => {
  const guest = await ticket(page);
  const mistaken = await ticket(page);
  await signIn("steward");
  await openGate(page);
  await settled(page);

  await leave(context, page);
  await expect(page.locator("#network")).toHaveText("mất");
  await expect(page.locator("#who")).not.toBeEmpty();
  await wedge(page, guest.code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  // The code that is held up opens the name; no network is asked.
  await expect(page.locator("#verdict-name")).toHaveText(guest.name);
  await expect(verdict(page)).toBeHidden();
  // The short code says less, and enough.
  await page.locator("#code").fill(mistaken.short);
  await page.locator("#code-form [type=submit]").click();
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#verdict-name")).toBeEmpty();
  await expect(verdict(page)).toBeHidden();
  await page.locator("#scans [data-undoes]").first().click();
  await expect(page.locator("#scans li").first()).toHaveAttribute("data-kind", "undone");
  await expect(page.locator("#waiting")).toHaveText("3");
  await fitsTheScreen(page);

  // The phone is switched off and on again.
  await leave(context, page);
  await expect(page.locator("#waiting")).toHaveText("3");
  await wedge(page, guest.code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "already_in");
  await page.locator("#go-on").click();
  await wedge(page, mistaken.code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit", { timeout: 10_000 });
  await expect(verdict(page)).toBeHidden();

  await context.setOffline(false);
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
  await page.goto("/diem-danh");
  await expect(page.locator("#scan")).toBeVisible();
  for (const { code } of [guest, mistaken]) {
    await wedge(page, code);
    await expect(verdict(page)).toHaveAttribute("data-kind", "already_in");
    await page.locator("#go-on").click();
    await expect(verdict(page)).toBeHidden();
  }
});

test("kept for a start without network are the files of this build, and no page of a person", async ({ page, signIn }) => {
  await signIn("steward");
  await openGate(page);
  await settled(page);
  const who = (await page.locator("#who").innerText()).trim();
  const { addresses, pages } = await kept(page);
  expect(addresses.filter((address) => !/^\/(pkg|fonts|pictures)\/[^/]+\.[0-9a-f]{16}\.[a-z0-9]+$/.test(address))).toEqual(["/diem-danh/khung"]);
  expect(pages).toContain("<video");
  expect(pages).not.toContain(who);
  const manifest = (await (await page.request.get("/diem-danh.webmanifest")).json()) as { start_url: string; icons: { src: string }[] };
  expect(manifest.start_url).toBe("/diem-danh");
  for (const icon of manifest.icons) expect((await page.request.get(icon.src)).headers()["content-type"]).toBe("image/png");
});

test("a phone that knows no shift says what to do", async ({ page, accessible }) => {
  for (const [address, words] of [
    ["/diem-danh/khung", "Máy này chưa có ca quét"],
    ["/en/check-in/shell", "This device has no shift yet"],
  ] as const) {
    await page.route("**/api/checkin/**", (route) => route.abort());
    await page.goto(address);
    await expect(page.locator("#no-shift")).toContainText(words);
    await fitsTheScreen(page);
    await accessible();
  }
});

test("who it is can be seen before it is recorded", async ({ page, signIn, accessible }) => {
  const guest = await ticket(page);
  await signIn("steward");
  await openGate(page);
  await settled(page);
  await page.locator("#menu summary").click();
  await page.getByLabel("Xem tên rồi mới ghi").check();
  await page.locator("#menu summary").click();
  await wedge(page, guest.code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "confirm");
  await expect(page.locator("#verdict-name")).toHaveText(guest.name);
  await accessible();
  // A slip of the hand records nothing.
  await page.locator("#go-on").click();
  await expect(verdict(page)).toBeHidden();
  await expect(page.locator("#scans li")).toHaveCount(0);
  // The same code counts again when it has been out of sight.
  await page.waitForTimeout(3_100);
  await wedge(page, guest.code);
  await page.locator("#check-in").click();
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#scans li")).toHaveCount(1);
});

test("who it is can be seen by a typed code, too, while there is a network", async ({ page, signIn, context }) => {
  const [guest, other] = [await ticket(page), await ticket(page)];
  await signIn("steward");
  await openGate(page);
  await settled(page);
  await page.locator("#menu summary").click();
  await page.getByLabel("Xem tên rồi mới ghi").check();
  await page.locator("#menu summary").click();
  const type = async (code: string) => {
    await page.locator("#code").fill(code);
    await page.locator("#code").press("Enter");
    await expect(verdict(page)).toHaveAttribute("data-kind", "confirm");
  };
  await type(guest.short);
  await expect(page.locator("#verdict-name")).toHaveText(guest.name);
  await expect(page.locator("#scans li")).toHaveCount(0);
  await page.locator("#check-in").click();
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(verdict(page)).toBeHidden();
  // Without one it is confirmed by what the list says, which names nobody.
  await context.setOffline(true);
  await type(other.short);
  await expect(page.locator("#verdict-name")).toBeEmpty();
  await page.locator("#check-in").click();
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
});

test("one tab scans, and a second one says so or takes over", async ({ page, signIn, context }) => {
  await signIn("steward");
  await openGate(page);
  await settled(page);
  const second = await context.newPage();
  await second.goto("/diem-danh");
  await expect(verdict(second)).toHaveAttribute("data-kind", "other_tab");
  // It leads nowhere but to taking over.
  await expect(second.locator("#go-on")).toBeHidden();
  for (let times = 0; times < 3; times += 1) await second.keyboard.press("Escape");
  await expect(verdict(second)).toBeVisible();
  await second.locator("#take-over").click();
  await expect(second.locator("#scan")).toBeVisible();
  await expect(verdict(second)).toBeHidden();
  await expect(verdict(page)).toHaveAttribute("data-kind", "other_tab");
});

test("a tab that waits goes on by itself when the one that scans is closed", async ({ page, signIn, context }) => {
  await signIn("steward");
  await openGate(page);
  const second = await context.newPage();
  await second.goto("/diem-danh");
  await expect(verdict(second)).toHaveAttribute("data-kind", "other_tab");
  await page.close();
  await expect(verdict(second)).toBeHidden();
  await expect(second.locator("#scan")).toBeVisible();
});

test("a page whose old self lets go late still scans", async ({ page, signIn, context }) => {
  await signIn("steward");
  await openGate(page);
  // The browser has the old page let go when the new one has begun.
  await page.addInitScript(() => {
    const ask = LockManager.prototype.request as (...given: unknown[]) => Promise<unknown>;
    Object.assign(LockManager.prototype, {
      async request(this: LockManager, ...given: unknown[]) {
        void ask.call(this, given[0], () => new Promise((resolve) => setTimeout(resolve, 500)));
        return ask.apply(this, given);
      },
    });
  });
  await page.reload();
  await expect(page.locator("#scan")).toBeVisible();
  // Another one has to wait for it, so it is the one that scans.
  const second = await context.newPage();
  await second.goto("/diem-danh");
  await expect(verdict(second)).toHaveAttribute("data-kind", "other_tab");
  await expect(verdict(page)).toBeHidden();
});

test("signing out while scans wait asks first, and leaves no list behind", async ({ page, context }) => {
  const guest = await ticket(page);
  // A session of its own, which ends here.
  await signInByForm(page, "steward");
  await openGate(page);
  await settled(page);
  await context.setOffline(true);
  await wedge(page, guest.code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(verdict(page)).toBeHidden();
  await page.locator("#menu summary").click();
  const asked = page.waitForEvent("dialog");
  const click = page.locator("#sign-out [type=submit]").click();
  const dialog = await asked;
  expect(dialog.message()).toContain("Còn 1 lượt quét chưa gửi");
  await dialog.dismiss();
  await click;
  await context.setOffline(false);
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
  await page.locator("#sign-out [type=submit]").click();
  await page.waitForURL((url) => url.pathname !== "/diem-danh");
  for (const store of ["pages", "queue"] as const) expect(await inStore(page, store, "count"), store).toBe(0);
});

test("a scan whose row is drawn to the left is undone, and one that is only pulled at is not", async ({ page, signIn }) => {
  const { code } = await ticket(page);
  await signIn("steward");
  await openGate(page);
  await wedge(page, code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(verdict(page)).toBeHidden();
  const row = page.locator("#scans li").first();
  await row.scrollIntoViewIfNeeded();
  const draw = async (far: number) => {
    const { x, y, width, height } = (await row.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 - far, y + height / 2, { steps: 4 });
    await page.mouse.up();
  };
  await draw(60);
  await expect(row).toHaveAttribute("data-kind", "admit");
  await draw(100);
  await expect(row).toHaveAttribute("data-kind", "undone");
});

test("a phone asks for what is new as soon as the server has word of it", async ({ page, browser, signIn, baseURL }) => {
  const guest = await ticket(page);
  // The timer that asks every five seconds does not run.
  await page.addInitScript(() => {
    const every = window.setInterval.bind(window) as (...all: unknown[]) => number;
    window.setInterval = ((act: unknown, pause: number, ...more: unknown[]) => (pause === 5_000 ? 0 : every(act, pause, ...more))) as typeof window.setInterval;
  });
  await signIn("steward");
  await openGate(page);
  await settled(page);
  const other = await browser.newContext({ baseURL, storageState: await page.context().storageState() });
  // It stands at the same gate.
  const gate = await other.newPage();
  await gate.goto("/diem-danh");
  await expect(gate.locator("#scan")).toBeVisible();
  const asked = page.waitForRequest("**/api/checkin/roster", { timeout: 20_000 });
  await wedge(gate, guest.code);
  await expect(verdict(gate)).toHaveAttribute("data-kind", "admit");
  await asked;
  await other.close();
});

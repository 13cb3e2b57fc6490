import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { register } from "../support/people";
import { Program } from "../support/program";
import { POSTER } from "../support/things";

/** Waits until the browser keeps what stands in behind posters, as a ticket's page has it do. */
const standsIn = (page: Page) =>
  expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration("/TEM/"))?.active?.state)).toBe("activated");

/** Where stamps are sent to. */
const SENDING = "**/TEM/gui";

/** Opens a ticket and stamps it without a network. With a network again the server takes no stamp, until SENDING is let through. */
async function stampThatWaits(page: Page, booth: string): Promise<string> {
  const context = page.context();
  await register(page);
  const link = page.url();
  await page.goto(link);
  await standsIn(page);
  await context.setOffline(true);
  await page.goto(`/TEM/${booth}`);
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(1);
  await context.route(SENDING, (route) => route.abort());
  await context.setOffline(false);
  return link;
}

/** Registers somebody in another window of the browser, and gives back the link. */
async function registerAside(context: BrowserContext): Promise<string> {
  const window = await context.newPage();
  await register(window);
  const link = window.url();
  await window.close();
  return link;
}

test("a stamp made without a network is kept on the phone and sent when there is one", async ({ page, context, things }) => {
  await register(page);
  const link = page.url();
  await standsIn(page);
  await page.goto("about:blank");
  await context.setOffline(true);
  await page.goto(`/TEM/${things.booth}`);
  await expect(page.getByRole("heading", { name: "Chưa có mạng", exact: true })).toBeVisible();
  await expect(page.locator("#kept-stamps [role=status]")).toHaveText("Đã giữ trên máy này, sẽ gửi khi có mạng. Lúc đó dấu mới được tính.");
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveText(["Gian hàng Công dân số"]);
  expect(await page.content()).not.toContain("Hạnh");

  await page.reload();
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(1);
  await context.setOffline(false);
  await expect(page.locator("#kept-stamps [role=status]")).toHaveText("Đã gửi 1 dấu.", { timeout: 20_000 });
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Đóng dấu gian hàng" })).toBeVisible();
  // The kept page of the ticket is renewed in its place.
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible();
});

test("a ticket's page shows what waits, sends it and counts it, without being loaded anew", async ({ page, context, things }) => {
  await register(page);
  const link = page.url();
  await page.goto(link);
  await standsIn(page);
  await context.setOffline(true);
  await page.goto(`/TEM/${things.booth}`);
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(1);
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 0/3" })).toBeVisible();
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveText(["Gian hàng Công dân số"]);
  await context.setOffline(false);
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible({ timeout: 20_000 });
  await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(0);
});

test("where a phone keeps several tickets, it asks whose the stamp is", async ({ page, context, things }) => {
  const links: string[] = [];
  for (let number = 0; number < 2; number++) {
    await register(page);
    links.push(page.url());
  }
  await standsIn(page);
  await context.setOffline(true);
  await page.goto(`/TEM/${things.booth}`);
  await context.setOffline(false);
  await expect(page.getByText("Dấu này đóng cho ai?")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("button", { name: "Đóng dấu cho N. T. Hạnh" })).toHaveCount(2);
  await page.getByRole("button", { name: "Đóng dấu cho tất cả" }).click();
  await expect(page.getByText("Đã gửi 2 dấu.")).toBeVisible();
  for (const link of links) {
    await page.goto(link);
    await page.reload();
    await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible();
  }
});

test("a stamp made while a phone keeps one ticket is that one's, though another is opened before it is sent", async ({ page, context, things }) => {
  const own = await stampThatWaits(page, things.booth);
  const other = await registerAside(context);
  // The page of the booth would send it, too.
  await page.goto("about:blank");
  await context.unroute(SENDING);
  await page.goto(other);
  await expect(page.locator("#kept-stamps [role=status]")).toHaveText("Đã gửi 1 dấu.", { timeout: 20_000 });
  for (const [link, stamps] of [
    [own, 1],
    [other, 0],
  ] as const) {
    await page.goto(link);
    await page.reload();
    await expect(page.getByRole("heading", { name: `Dấu gian hàng: ${stamps}/3` })).toBeVisible();
  }
});

test("a stamp whose ticket the phone has forgotten is given to no other unasked, and a choice is kept while there is no network", async ({
  page,
  context,
  things,
}) => {
  await stampThatWaits(page, things.booth);
  await context.clearCookies({ name: /^__Secure-the-/ });
  const other = await registerAside(context);
  await context.unroute(SENDING);
  await page.goto(other);
  await expect(page.getByText("Máy này không còn nhớ thẻ mà dấu được giữ cho.")).toBeVisible({ timeout: 20_000 });
  const choice = page.getByRole("button", { name: "Đóng dấu cho N. T. Hạnh" });
  await expect(choice).toHaveCount(1);
  await context.setOffline(true);
  await choice.click();
  const kept = () => page.evaluate(() => (JSON.parse(localStorage.getItem("stamps")!) as { tickets: string[] }[]).map(({ tickets }) => tickets.length));
  expect(await kept()).toEqual([1]);
  await context.setOffline(false);
  await expect(page.locator("#kept-stamps [role=status]")).toHaveText("Đã gửi 1 dấu.", { timeout: 20_000 });
  await page.reload();
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible();
});

test("a phone that forgets its tickets forgets the stamps that wait as well, and says how many", async ({ page, context, things }) => {
  for (let number = 0; number < 2; number++) {
    await register(page);
  }
  await standsIn(page);
  await context.setOffline(true);
  await page.goto(`/TEM/${things.booth}`);
  await context.setOffline(false);
  await expect(page.getByText("Dấu này đóng cho ai?")).toBeVisible({ timeout: 20_000 });
  await page.goto(`/TEM/${things.booth}`);
  await expect(page.getByText("Số dấu chưa gửi sẽ bị xóa theo: 1.")).toBeVisible();
  await page.getByRole("button", { name: "Quên thẻ trên máy này" }).click();
  await expect(page.getByRole("button", { name: "Quên thẻ trên máy này" })).toHaveCount(0);
  // The next one to open a ticket here gets no stamp of another.
  await register(page);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Dấu gian hàng: 0/3" })).toBeVisible();
  await expect(page.locator("#kept-stamps")).toBeHidden();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("stamps") ?? "[]")).toBe("[]");
  await page.goto(`/TEM/${things.booth}`);
  await expect(page.getByText("Số dấu chưa gửi sẽ bị xóa theo")).toBeHidden();
});

test("with the server gone stamps wait, and with it back one counts and the other is told why not", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const program = await Program.start({});
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    const page = await context.newPage();
    await signInByForm(page, "organiser", program.signIns());
    await page.goto("/ban-to-chuc/dau-gian-hang");
    const [, open] = POSTER.exec(await page.content())!;
    const [, closed] = /\/TEM\/([A-Z2-7]{132})">Gian hàng Sở Y tế</.exec(await page.content())!;
    await register(page);
    const link = page.url();
    await page.goto(link);
    await standsIn(page);
    await program.halt();
    for (const code of [open, open, closed]) {
      await page.goto(`/TEM/${code}`);
      await expect(page.getByRole("heading", { name: "Chưa có mạng", exact: true })).toBeVisible();
    }
    await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(2);
    await page.goto(link);
    await expect(page.getByRole("heading", { name: "Dấu gian hàng: 0/3" })).toBeVisible();
    await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(2);
    await program.resume();
    await expect(page.getByRole("heading", { name: "Dấu gian hàng: 1/3" })).toBeVisible({ timeout: 30_000 });
    await expect(page.locator("#kept-stamps [role=status] p")).toHaveText(["Đã gửi 1 dấu.", /^Chưa đóng được dấu của Gian hàng Sở Y tế\. Mời bạn quay lại từ /]);
    await expect(page.locator("#kept-stamps [data-part=list] li")).toHaveCount(0);
  } finally {
    await context.close();
    await program.stop();
  }
});

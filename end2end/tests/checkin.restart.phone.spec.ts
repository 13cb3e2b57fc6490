import type { BrowserContext, Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { inStore, openGate, settled, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const verdict = (page: Page) => page.locator("#verdict");
const row = (page: Page) => page.locator("#scans li").first();

/** The page is opened anew, as after the browser has closed it. */
async function restart(page: Page): Promise<void> {
  await page.goto("/diem-danh");
  await expect(page.locator("#scan")).toBeVisible();
}

/** Lets somebody in, and leads on. */
async function admitted(page: Page, code: string): Promise<void> {
  await wedge(page, code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(verdict(page)).toBeHidden();
}

/** Everything that the phone keeps of its last scans and in its queue, as text. */
async function kept(page: Page): Promise<{ scans: string | undefined; queue: string }> {
  const [scans, queue] = [await inStore<string | undefined>(page, "notes", "get", "scans"), await inStore<string[]>(page, "queue", "getAll")];
  return { scans, queue: JSON.stringify(queue) };
}

async function offline(context: BrowserContext, page: Page): Promise<void> {
  await context.setOffline(true);
  await expect(page.locator("#network")).toHaveText("mất");
}

test("after a restart the last scans are there, without a name and without a code, and can still be undone", async ({ page, context, signIn, baseURL }) => {
  const [guest, other] = ["Nguyễn Văn Khách", "Trần Thị Sen"].map((name) => ticketOf(page.request, name, baseURL!));
  const codes = [await codeOf(page.request, await guest!), await codeOf(page.request, await other!)];
  await signIn("steward");
  await openGate(page);
  await settled(page);

  // What the server has heard of before the restart, and undone without a network.
  await admitted(page, codes[0]!);
  await expect(row(page)).toContainText("Khách");
  await expect.poll(async () => (await kept(page)).queue).toBe("[]");
  await restart(page);
  await expect(row(page)).toHaveAttribute("data-kind", "admit");
  await expect(row(page)).toContainText("Mời vào");
  await expect(row(page)).not.toContainText("Khách");
  const left = await kept(page);
  expect(left.scans).not.toContain("Khách");
  expect(left.scans).not.toContain(codes[0]!.slice(-40));
  await offline(context, page);
  await row(page).locator("[data-undoes]").click();
  await expect(row(page)).toHaveAttribute("data-kind", "undone");
  await expect(row(page)).toContainText("chờ gửi");
  await restart(page);
  await expect(row(page)).toHaveAttribute("data-kind", "undone");
  await fitsTheScreen(page);
  // The list of tickets tells of the scan still, and the phone knows better.
  await admitted(page, codes[0]!);

  // What the server has not heard of.
  await admitted(page, codes[1]!);
  await restart(page);
  await expect(page.locator("#scans li")).toHaveCount(3);
  // Who was let in again is in.
  await wedge(page, codes[0]!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "already_in");
  await page.locator("#go-on").click();
  await expect(verdict(page)).toBeHidden();
  await expect(row(page)).toHaveAttribute("data-kind", "already_in");
  const mistaken = page.locator("#scans li").nth(1);
  await expect(mistaken).toHaveAttribute("data-kind", "admit");
  await expect(mistaken).toContainText("chờ gửi");
  await mistaken.locator("[data-undoes]").click();
  await context.setOffline(false);
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
  await expect(mistaken).toHaveAttribute("data-kind", "undone");
  await expect(mistaken).not.toContainText("chờ gửi");
  await restart(page);
  const kinds = await page.locator("#scans li").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-kind")));
  // The server takes what comes together in the order in which it happened.
  expect(kinds).toEqual(["already_in", "undone", "admit", "undone"]);
  // The server has heard of the undoings.
  await admitted(page, codes[1]!);
  await wedge(page, codes[0]!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "already_in");
});

test("whoever signs out leaves no scans behind", async ({ page, context, baseURL }) => {
  const code = await codeOf(page.request, await ticketOf(page.request, "Nguyễn Văn Khách", baseURL!));
  // A session of its own, which ends here.
  await signInByForm(page, "steward");
  await openGate(page);
  await settled(page);
  await admitted(page, code);
  await expect.poll(async () => (await kept(page)).scans).toContain("admit");
  await page.locator("#menu summary").click();
  await page.locator("#sign-out [type=submit]").click();
  await page.waitForURL((url) => url.pathname !== "/diem-danh");
  expect((await kept(page)).scans).toBeUndefined();
  const next = await context.newPage();
  await signInByForm(next, "steward");
  await restart(next);
  await expect(next.locator("#no-scans")).toBeVisible();
});

import { request, type Page, type Route } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { codes, holdScans, keptFacts, openGate, pair, prepareHolding, settled, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const SCANS = "**/api/checkin/scans";
const ROSTER = "**/api/checkin/roster";

declare global {
  interface Window {
    /** The store takes what it is given, and cannot write it. */
    full: boolean;
    /** The store's connections. */
    connections: IDBDatabase[];
    /** How the queue was written, once it was. */
    written: (string | undefined)[];
    /** How often it had been when the first guest was let in. */
    writtenBefore: number | undefined;
  }
}

const verdict = (page: Page) => page.locator("#verdict");

/** The codes of new tickets. */
async function tickets(baseURL: string, count: number): Promise<string[]> {
  const visitor = await request.newContext({ baseURL });
  const made: string[] = [];
  while (made.length < count) made.push(await codeOf(visitor, await ticketOf(visitor, "Nguyễn Văn Khách", baseURL)));
  await visitor.dispose();
  return made;
}

/** Reads a code and waits until the page is ready for the next. */
async function letIn(page: Page, code: string): Promise<void> {
  await wedge(page, code);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await expect(verdict(page)).toBeHidden();
}

/** Opens the gate of a steward whose list holds all tickets. */
async function open(page: Page): Promise<void> {
  await openGate(page);
  await expect(page.locator("#list-state")).toContainText("thẻ");
}

test("a store that is full says so, and everything is kept once it is not", async ({ page, signIn, baseURL }) => {
  const [first, second] = await tickets(baseURL!, 2);
  // As browsers do: each request succeeds, and the whole is given up at its end.
  await page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
      const asked = put.apply(this, given);
      if (window.full) asked.addEventListener("success", () => this.transaction.abort());
      return asked;
    };
  });
  await page.route(SCANS, (route) => route.abort());
  await signIn("steward");
  await open(page);
  await expect(page.locator("#not-kept")).toBeHidden();
  await page.evaluate(() => (window.full = true));
  await letIn(page, first!);
  await expect(page.locator("#not-kept")).toBeVisible();
  expect(await keptFacts(page)).toEqual([]);
  await page.evaluate(() => (window.full = false));
  await letIn(page, second!);
  await expect(page.locator("#not-kept")).toBeHidden();
  expect(await keptFacts(page)).toEqual(["scan", "scan"]);
});

test("a store that the browser has closed is opened again, and what was scanned meanwhile is kept", async ({ page, signIn, baseURL }) => {
  const [first] = await tickets(baseURL!, 1);
  await page.addInitScript(() => {
    window.connections = [];
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = function (...given) {
      const opening = open.apply(this, given);
      opening.addEventListener("success", () => window.connections.push(opening.result));
      return opening;
    };
  });
  await page.route(SCANS, (route) => route.abort());
  await signIn("steward");
  await open(page);
  await page.evaluate(() => window.connections.forEach((connection) => connection.close()));
  await letIn(page, first!);
  await expect.poll(() => keptFacts(page)).toEqual(["scan"]);
  await expect(page.locator("#not-kept")).toBeHidden();
});

/** Notes what the queue is given, and what it had when the page says so. To be called before the page is opened. */
async function watchQueue(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.written = [];
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      const transaction = begin.call(this, stores, mode, options);
      if (mode === "readwrite" && stores === "queue") transaction.addEventListener("complete", () => window.written.push(options?.durability));
      return transaction;
    };
  });
}

/** Notes how often the queue had been written when the next guest is let in. */
async function watchAdmission(page: Page): Promise<void> {
  await page.evaluate(() => {
    const dialog = document.getElementById("verdict")!;
    const watch = new MutationObserver(() => {
      if (dialog.dataset.kind === "admit") window.writtenBefore ??= window.written.length;
    });
    watch.observe(dialog, { attributes: true });
  });
}

test("a guest is let in without a network once the scan is on the disk, with what the phone said", async ({ page, signIn, context, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  // However slow this machine's disk is, the page waits for it here.
  await page.addInitScript(() => {
    const wait = window.setTimeout.bind(window) as (act: TimerHandler, millis?: number) => number;
    window.setTimeout = ((act: TimerHandler, millis?: number) => wait(act, millis === 50 ? 60_000 : millis)) as typeof setTimeout;
  });
  await watchQueue(page);
  await signIn("steward");
  await open(page);
  await context.setOffline(true);
  await watchAdmission(page);
  await letIn(page, guest!);
  expect(await page.evaluate(() => [window.writtenBefore, window.written])).toEqual([2, ["strict", "strict"]]);
});

test("a line does not wait for a disk that hangs", async ({ page, signIn, context, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  await watchQueue(page);
  await signIn("steward");
  await open(page);
  await context.setOffline(true);
  await watchAdmission(page);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("checkin");
        opening.onsuccess = () => {
          const queue = opening.result.transaction(["queue"], "readwrite").objectStore("queue");
          const hold = (): void => {
            queue.count().onsuccess = hold;
          };
          hold();
          resolve();
        };
      }),
  );
  await letIn(page, guest!);
  expect(await page.evaluate(() => [window.writtenBefore, window.written])).toEqual([0, []]);
});

test("a phone that dies right after it has let a guest in has kept the scan", async ({ page, signIn, context, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  await signIn("steward");
  await open(page);
  await settled(page);
  await context.setOffline(true);
  const phone = await context.newCDPSession(page);
  const died = page.waitForEvent("crash");
  await wedge(page, guest!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  // Nothing answers any more.
  void phone.send("Page.crash").catch(() => undefined);
  await died;
  const again = await context.newPage();
  await again.goto("/diem-danh");
  await expect(again.locator("#waiting")).toHaveText("1");
});

test("what has waited goes through a network that takes seconds for it", async ({ page, signIn, context, baseURL }) => {
  const guests = await tickets(baseURL!, 3);
  await signIn("steward");
  await open(page);
  await context.setOffline(true);
  for (const guest of guests) await letIn(page, guest);
  await expect(page.locator("#waiting")).toHaveText("3");
  const sent: string[] = [];
  await page.route(SCANS, async (route: Route) => {
    sent.push(...codes(route.request()));
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    // By then the page may have given up.
    await route.continue().catch(() => undefined);
  });
  await context.setOffline(false);
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 40_000 });
  expect(sent.sort()).toEqual([...guests].sort());
});

test("a phone that is signed out from the desk tells nothing of a ticket any more, with and without a network", async ({ page, browser, signIn, baseURL }, { project }) => {
  const name = `Máy thu hồi ${project.name} ${Date.now()}`;
  const guests = await tickets(baseURL!, 3);
  await signIn("organiser");
  const context = await browser.newContext({ ...project.use, baseURL });
  const phone = await pair(page, context, name);
  await letIn(phone, guests[0]!);
  // What the phone asks by itself tells it nothing.
  await phone.route(ROSTER, (route) => route.abort());
  await phone.route("**/api/checkin/shift", (route) => route.abort());
  await page.goto("/ban-to-chuc/may-quet");
  const row = page.locator("tr", { hasText: name });
  await row.getByRole("button").click();
  await expect(row).toContainText("Đã thu hồi");
  await wedge(phone, guests[1]!);
  await expect(verdict(phone)).toHaveAttribute("data-kind", "signed_out");
  await expect(phone.locator("#verdict-name")).toHaveText("");
  await phone.locator("#go-on").click();
  await expect(phone.locator("#scans li").first()).toHaveAttribute("data-kind", "signed_out");
  await context.setOffline(true);
  await wedge(phone, guests[2]!);
  await expect(verdict(phone)).toHaveAttribute("data-kind", "signed_out");
  await phone.locator("#go-on").click();
  await expect(phone.locator("#scans li")).toHaveCount(2);
  await context.close();
});

test("the phone of somebody who scans with an account is seen and signed out from the desk", async ({ page, browser, signIn, baseURL }, { project }) => {
  const guests = await tickets(baseURL!, 2);
  const context = await browser.newContext({ ...project.use, baseURL });
  await prepareHolding(context);
  const phone = await context.newPage();
  await signInByForm(phone, "supervisor");
  await open(phone);
  await holdScans(phone, true);
  await letIn(phone, guests[0]!);
  await expect(phone.locator("#waiting")).toHaveText("1");
  await signIn("organiser");
  const row = page.locator("tr", { hasText: "Võ Thị Bích Ngọc" }).filter({ has: page.locator("td:nth-child(5)", { hasText: /^1$/ }) }).first();
  await expect(async () => {
    await page.goto("/ban-to-chuc/may-quet");
    await expect(row).toContainText("Đang liên lạc", { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await expect(row.getByRole("rowheader")).toContainText("Trưởng nhóm đón tiếp · Cổng");
  const form = await row.locator("form").getAttribute("action");
  await page.locator(`form[action="${form}"] button`).click();
  await expect(page.locator(`form[action="${form}"]`)).toHaveCount(0);
  // It stands there still, without the button.
  await expect(page.locator("tr", { hasText: "Võ Thị Bích Ngọc" }).filter({ hasText: "Đã đăng xuất" })).not.toHaveCount(0);
  // Whatever it asks next tells it.
  await holdScans(phone, false);
  await wedge(phone, guests[1]!);
  await expect(verdict(phone)).toHaveAttribute("data-kind", "signed_out");
  await context.close();
});

test("what an account leaves in a browser is brought by whoever signs in next there, and told as its own", async ({ page, browser, signIn, baseURL }, { project }) => {
  const guests = await tickets(baseURL!, 2);
  const context = await browser.newContext({ ...project.use, baseURL });
  await prepareHolding(context);
  const phone = await context.newPage();
  await signInByForm(phone, "supervisor");
  await open(phone);
  await holdScans(phone, true);
  await letIn(phone, guests[0]!);
  await signIn("organiser");
  const row = page.locator("tr", { hasText: "Võ Thị Bích Ngọc" }).filter({ has: page.locator("td:nth-child(5)", { hasText: /^1$/ }) }).first();
  await expect(async () => {
    await page.goto("/ban-to-chuc/may-quet");
    await expect(row).toContainText("Đang liên lạc", { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await context.setOffline(true);
  await row.getByRole("button").click();
  await expect(page.locator("tr", { hasText: "Võ Thị Bích Ngọc" }).filter({ hasText: "Đã đăng xuất" })).not.toHaveCount(0);
  // The phone has not heard of it.
  await letIn(phone, guests[1]!);
  await context.setOffline(false);
  await holdScans(phone, false);
  await signInByForm(phone, "steward");
  await phone.goto("/diem-danh");
  await expect(phone.locator("#waiting")).toHaveText("0", { timeout: 40_000 });
  await page.goto("/ban-to-chuc/can-xem-lai");
  // Other tests leave conflicts of their own.
  const ours = page.locator("li.conflict", { has: page.locator("tr", { hasText: "Võ Thị Bích Ngọc" }) });
  const foreign = ours.filter({ hasText: "Máy hoặc người khác gửi hộ lượt quét" });
  await expect(foreign).toHaveCount(2);
  for (const conflict of await foreign.all()) {
    await expect(conflict.locator("tr", { hasText: "Máy hoặc người quét" })).toContainText("Võ Thị Bích Ngọc");
    await expect(conflict.locator("tr", { hasText: "Máy hoặc người gửi hộ" })).toContainText("Phạm Minh Khôi");
  }
  await expect(ours.filter({ hasText: "Lượt quét được giữ lại, nhưng không tự cho ai vào." })).toHaveCount(1);
  await context.close();
});

test("a phone whose day is over shows what counts still, and says nothing of what does not", async ({ page, signIn, baseURL }) => {
  const guests = await tickets(baseURL!, 2);
  let isLate = false;
  // As the server answers a phone after midnight.
  await page.route(SCANS, async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    for (const report of told.results) report.had_ended = isLate;
    await route.fulfill({ response: answer, json: { ...told, is_signed_out: true } });
  });
  await signIn("steward");
  await open(page);
  await letIn(page, guests[0]!);
  await expect(page.locator("#scans li").first()).toHaveAttribute("data-kind", "admit");
  isLate = true;
  await page.goto("/diem-danh");
  await expect(page.locator("#list-state")).toContainText("thẻ");
  await wedge(page, guests[1]!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "signed_out");
  await expect(page.locator("#verdict-name")).toHaveText("");
  await page.locator("#go-on").click();
  await expect(page.locator("#scans li").first()).toHaveAttribute("data-kind", "signed_out");
});

test("other pages ask, too, before somebody signs out while scans wait", async ({ page, context, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  await prepareHolding(context);
  await signInByForm(page, "steward");
  await open(page);
  // A tab that waits knows of no scans, and has no say.
  const second = await context.newPage();
  await second.goto("/diem-danh");
  await expect(verdict(second)).toHaveAttribute("data-kind", "other_tab");
  await holdScans(page, true);
  await wedge(page, guest!);
  await expect(page.locator("#waiting")).toHaveText("1");
  await second.waitForTimeout(1_500);
  const asked: string[] = [];
  let answer = false;
  page.on("dialog", (dialog) => {
    asked.push(dialog.message());
    void (answer ? dialog.accept() : dialog.dismiss());
  });
  for (const [address, form] of [["/ban-to-chuc/tai-quay", ".rail-out"], ["/dang-nhap", ".desk-work form[action='/dang-xuat']"], ["/dang-nhap", "form[action='/dang-xuat/moi-noi']"]] as const) {
    await page.goto(address);
    await page.locator(`${form} button`).click();
    await expect(page.locator(".rail-out")).toBeVisible();
  }
  await second.close();
  expect(asked).toHaveLength(3);
  for (const question of asked) expect(question).toContain("Còn 1 lượt quét chưa gửi.");
  answer = true;
  await page.locator(".rail-out button").click();
  await expect(page.locator("[name=password]")).toBeVisible();
  // Where nothing waits, nobody is asked.
  await signInByForm(page, "steward");
  await holdScans(page, false);
  await page.goto("/diem-danh");
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
  await page.goto("/dang-nhap");
  await page.locator(".rail-out button").click();
  await expect(page.locator("[name=password]")).toBeVisible();
  expect(asked).toHaveLength(4);
});

test("nobody signs out without a network, and the phone goes on scanning", async ({ page, signIn, context, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  await signIn("steward");
  await open(page);
  await context.setOffline(true);
  await page.locator("#menu summary").click();
  const asked = page.waitForEvent("dialog");
  const click = page.locator("#sign-out [type=submit]").click();
  const dialog = await asked;
  expect([dialog.type(), dialog.message()]).toEqual(["alert", expect.stringContaining("Chưa có mạng nên chưa đăng xuất được")]);
  await dialog.accept();
  await click;
  await letIn(page, guest!);
});

test("what the list said no longer goes away under who waits to be confirmed", async ({ page, signIn, baseURL }) => {
  const [first, second] = await tickets(baseURL!, 2);
  await signIn("steward");
  await open(page);
  await wedge(page, first!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
  await page.locator("#confirm-first").evaluate((field) => (field as HTMLInputElement).click());
  await wedge(page, second!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "confirm");
  // Longer than the admission before would have stood.
  await page.waitForTimeout(2_000);
  await expect(verdict(page)).toBeVisible();
  await page.locator("#check-in").click();
  await expect(page.locator("#scans li").first()).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#scans li")).toHaveCount(2);
});

test("a code reader that ends with Tab, or with no key, is heard as one that ends with Enter", async ({ page, signIn, baseURL }) => {
  const [first, second] = await tickets(baseURL!, 2);
  await signIn("steward");
  await open(page);
  for (const [guest, end] of [[first, ["Tab"]], [second, []]] as const) {
    await wedge(page, guest!, [...end]);
    await expect(verdict(page)).toHaveAttribute("data-kind", "admit");
    await expect(verdict(page)).toBeHidden();
  }
  await expect(page.locator("#scans li")).toHaveCount(2);
});

test("a code reader that types through a Vietnamese input method is told what to switch off", async ({ page, signIn, accessible, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  await signIn("steward");
  await open(page);
  await wedge(page, `${guest!.slice(0, -9)}Ỗ${guest!.slice(-8)}`);
  await expect(verdict(page)).toHaveAttribute("data-kind", "garbled");
  await expect(page.locator("#verdict-word")).toHaveText("Hãy tắt bộ gõ tiếng Việt");
  await accessible();
  // Nothing is made of it, not even a forged ticket.
  await page.locator("#go-on").click();
  await expect(page.locator("#scans li")).toHaveCount(0);
  expect(await keptFacts(page)).toEqual([]);
  await letIn(page, guest!);
});

test("a scan that was undone stays so when its answer comes late", async ({ page, signIn, baseURL }) => {
  const [guest] = await tickets(baseURL!, 1);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(SCANS, async (route: Route) => {
    if (codes(route.request()).length > 0) await released;
    await route.continue();
  });
  await signIn("steward");
  await open(page);
  await letIn(page, guest!);
  const row = page.locator("#scans li").first();
  await row.getByRole("button").click();
  await expect(row).toHaveAttribute("data-kind", "undone");
  const answered = page.waitForResponse((response) => response.url().endsWith("/scans") && codes(response.request()).length > 0);
  release();
  await (await answered).finished();
  await page.waitForTimeout(300);
  await expect(row).toHaveAttribute("data-kind", "undone");
  await expect(row.getByRole("button")).toHaveCount(0);
});

test("an answer that stays offers to undo its scan, which the list behind it cannot", async ({ page, signIn, context, accessible, baseURL }) => {
  await signIn("steward");
  await open(page);
  // The list has not heard of the ticket.
  await page.route(ROSTER, (route) => route.abort());
  const [guest] = await tickets(baseURL!, 1);
  await context.setOffline(true);
  await wedge(page, guest!);
  await expect(verdict(page)).toHaveAttribute("data-kind", "admit_unconfirmed");
  await expect(page.locator("#undo-now")).toBeVisible();
  await accessible();
  await page.locator("#undo-now").click();
  await expect(verdict(page)).toBeHidden();
  await expect(page.locator("#scans li").first()).toHaveAttribute("data-kind", "undone");
  expect(await keptFacts(page)).toEqual(["scan", "undo"]);
});

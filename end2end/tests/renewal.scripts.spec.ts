import { randomUUID } from "node:crypto";
import { type APIRequestContext, type Page, request } from "@playwright/test";
import { expect, test } from "../fixtures";
import { BASE, session } from "../support/accounts";
import { codeOf, ticketOf } from "../support/things";

const gateOf = async () =>
  request.newContext({ baseURL: BASE, extraHTTPHeaders: { Cookie: `__Host-session=${(await session("steward")).value}`, Origin: BASE } });

/** Two phones let one person in at the first gate. */
async function conflict(gate: APIRequestContext, name: string): Promise<void> {
  const shift = (await (await gate.get("/api/checkin/shift")).json()) as { counts: { id: string; name_vi: string }[] };
  const checkpoint = shift.counts.find(({ name_vi }) => name_vi.startsWith("Cổng số 1"))!.id;
  const code = await codeOf(gate, await ticketOf(gate, name));
  const scan = () => ({
    scan_id: randomUUID(),
    code,
    source: "camera",
    direction: "entry",
    device_at: new Date().toISOString(),
    offset_ms: 0,
    local_verdict: "admit",
  });
  for (const scans of [[scan()], [scan()]]) await gate.post("/api/checkin/scans", { data: { checkpoint, scans } });
}

const letters = () => Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("");

/** The number of open conflicts that the alert tells. */
const told = async (page: Page) => Number((await page.locator(".alert [data-live=conflicts]").textContent())!.replaceAll(/\D/g, ""));

test("a supervisor on any page of the desk is told of a conflict, over one connection, and what is typed stays", async ({ page, signIn }) => {
  const streams: string[] = [];
  page.on("request", (asked) => asked.resourceType() === "eventsource" && streams.push(asked.url()));
  await signIn("supervisor");
  await page.goto("/ban-to-chuc/nguoi-dang-ky");
  const before = await told(page);
  await page.locator("[name=tim]").fill("Lý Thị B");
  const gate = await gateOf();
  await conflict(gate, `Lý Thị Sậy ${letters()}`);
  await gate.dispose();
  // Other tests make conflicts meanwhile.
  await expect.poll(() => told(page), { timeout: 30_000, intervals: [100] }).toBeGreaterThan(before);
  await expect(page.locator(".alert")).toBeVisible();
  const both = () => Promise.all([".rail .count", ".alert [data-live=conflicts]"].map((number) => page.locator(number).textContent()));
  await expect.poll(async () => new Set(await both()).size).toBe(1);
  await expect(page.locator("[name=tim]")).toHaveValue("Lý Thị B");
  await expect(page.locator("[name=tim]")).toBeFocused();
  expect(streams).toEqual([`${BASE}/api/checkin/news`]);
});

test("where no stream comes, a desk asks for the number of conflicts by itself", async ({ page, signIn }) => {
  await page.route("**/api/checkin/news", (route) => route.abort());
  await signIn("supervisor");
  await page.goto("/ban-to-chuc/the-deo");
  const before = await told(page);
  const gate = await gateOf();
  await conflict(gate, `Lý Thị Sậy ${letters()}`);
  await gate.dispose();
  await expect.poll(() => told(page), { timeout: 20_000 }).toBeGreaterThan(before);
});

test("the inbox offers new conflicts and shows them when asked, and what was open stays open", async ({ page, signIn }) => {
  const gate = await gateOf();
  const [first, second] = [`Lý Thị Súng ${letters()}`, `Lý Thị Lau ${letters()}`];
  await conflict(gate, first);
  await signIn("supervisor");
  await page.goto("/ban-to-chuc/can-xem-lai");
  const open = page.locator(".conflict", { hasText: first });
  await open.locator("summary").click();
  await expect(open.locator("details")).toHaveAttribute("open");
  await conflict(gate, second);
  await gate.dispose();
  const offer = page.locator("[data-offer]");
  await expect(offer).toBeVisible();
  await expect(offer).toContainText(/^\s*[1-9]\d* lượt mới chưa có trong danh sách dưới đây\. Hiện các lượt mới$/);
  await expect(page.locator(".conflict", { hasText: second })).toHaveCount(0);
  await page.evaluate(() => Object.assign(window, { same: true }));
  // Others may have come since it was offered.
  await expect(async () => {
    if (await offer.isVisible()) await offer.getByRole("link").click();
    await expect(page.locator(".conflict", { hasText: second })).toHaveCount(1, { timeout: 500 });
  }).toPass();
  expect(await page.evaluate(() => "same" in window), "the page was loaded anew").toBe(true);
  await expect(open.locator("details")).toHaveAttribute("open");
  await expect(page.locator(".conflict:focus")).toHaveCount(1);
});

test("the phones are shown anew while they are looked at, and a name that is typed stays", async ({ page, signIn }) => {
  await signIn("supervisor");
  await page.goto("/ban-to-chuc/may-quet");
  const name = page.locator("main form.form [name=name]");
  await name.fill("Cổng số 3");
  const other = `Cổng thử ${letters()}`;
  const desk = await request.newContext({ baseURL: BASE, extraHTTPHeaders: { Cookie: `__Host-session=${(await session("organiser")).value}`, Origin: BASE } });
  const prepared = await (await desk.post("/ban-to-chuc/may-quet", { form: { name: other } })).text();
  const row = page.locator("#devices tbody tr", { hasText: other });
  await expect(row).toContainText("Chờ ghép", { timeout: 40_000 });
  await expect(name).toHaveValue("Cổng số 3");
  await expect(name).toBeFocused();

  // A button keeps the focus while its row and those around it change.
  await row.getByRole("button").focus();
  await desk.post(`/ban-to-chuc/may-quet`, { form: { name: `${other} x` } });
  const phone = await request.newContext({ baseURL: BASE, extraHTTPHeaders: { Origin: BASE } });
  await phone.post(/\/ghep-may\/[^<"]+/.exec(prepared)![0]);
  await phone.dispose();
  await desk.dispose();
  await expect(row.first()).toContainText("chưa liên lạc");
  await expect(row).toHaveCount(2, { timeout: 40_000 });
  await expect(row.last()).toContainText("Đang dùng");
  await expect(row.last().getByRole("button")).toBeFocused();
});

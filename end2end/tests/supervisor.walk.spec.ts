import { randomUUID } from "node:crypto";
import { request } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { BASE, session } from "../support/accounts";
import { canBeHitWithAThumb } from "../support/look";
import { submit, submitUnchecked } from "../support/people";
import { codeOf, ticketOf } from "../support/things";

test("a supervisor finds somebody, lets in by hand against the rule, writes a note, and undoes it", async ({ page, signIn, accessible }) => {
  // Other projects run the same test beside this one: a name has letters only.
  const name = `Lý Thị Bông ${Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("")}`;
  await ticketOf(page.request, name);
  await signIn("supervisor");
  await page.goto(`/ban-to-chuc/nguoi-dang-ky?tim=${encodeURIComponent(name)}`);
  await page.locator("#people tbody th a").click();
  await expect(page.locator("h1")).toHaveText(name);
  await expect(page.locator("main")).not.toContainText("Nhật ký");

  const admit = page.locator('form[action$="/cho-vao"]');
  await page.getByText("Cho vào không quét thẻ").click();
  // The gates of the sample's day have not opened.
  await admit.locator("#checkpoint").selectOption({ label: "Cổng số 2, khu triển lãm" });
  await admit.locator("#reason").selectOption("forgotten");
  expect((await submitUnchecked(page, 'form[action$="/cho-vao"] [type=submit]')).status()).toBe(422);
  await expect(page.getByRole("alert")).toContainText("Chưa đến giờ");
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
  expect((await submit(page, 'form[action$="/cho-vao"] [type=submit]')).status()).toBe(303);
  const scan = page.locator("#scans tbody tr").first();
  await expect(scan).toContainText("cho vào trái quy tắc");

  await page.getByText("Sửa lưu ý khi đón").click();
  await page.locator("#attention").fill("Cần xe lăn");
  expect((await submit(page, 'form[action$="/luu-y"] [type=submit]')).status()).toBe(303);
  await expect(page.locator("dl.dossier-facts")).toContainText("Cần xe lăn");

  await scan.locator("summary").click();
  expect((await submit(page, "#scans details[open] [type=submit]")).status()).toBe(303);
  await expect(scan).toContainText("Đã hủy");

  await page.goto("/ban-to-chuc/can-xem-lai");
  await expect(page.locator(".conflict", { hasText: name })).toContainText("Cho vào bằng tay, trái quy tắc");
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
});

test("a supervisor lets one scan of a phone that was signed out count, and then all of them", async ({ page, signIn, accessible }) => {
  const letters = Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("");
  const names = ["An", "Bình", "Cúc"].map((name) => `Lý Thị ${name} ${letters}`);
  const desk = await request.newContext({
    baseURL: BASE,
    extraHTTPHeaders: { Cookie: `__Host-session=${(await session("organiser")).value}`, Origin: BASE },
  });
  const name = `Cổng thử ${letters}`;
  const prepared = await (await desk.post("/ban-to-chuc/may-quet", { form: { name } })).text();
  const visitor = await request.newContext({ baseURL: BASE, extraHTTPHeaders: { Origin: BASE } });
  const paired = await visitor.post(/\/ghep-may\/[^<"]+/.exec(prepared)![0], { maxRedirects: 0 });
  const [, token] = /__Host-session=([^;]+)/.exec(paired.headers()["set-cookie"] ?? "")!;
  const phone = await request.newContext({ baseURL: BASE, extraHTTPHeaders: { Cookie: `__Host-session=${token}`, Origin: BASE } });
  const shift = (await (await phone.get("/api/checkin/shift")).json()) as { counts: { id: string; name_vi: string }[] };
  const checkpoint = shift.counts.find(({ name_vi }) => name_vi.startsWith("Cổng số 1"))!.id;
  const row = (await (await desk.get("/ban-to-chuc/may-quet")).text()).split("<tr").find((text) => text.includes(name))!;
  await desk.post(/action="([^"]+\/thu-hoi)"/.exec(row)![1]!);
  const scans = [];
  for (const guest of names) {
    const code = await codeOf(visitor, await ticketOf(visitor, guest));
    const device_at = new Date().toISOString();
    scans.push({ scan_id: randomUUID(), code, source: "camera", direction: "entry", device_at, offset_ms: 0, local_verdict: "admit" });
  }
  const told = (await (await phone.post("/api/checkin/scans", { data: { checkpoint, scans } })).json()) as { results: { had_ended: boolean }[] };
  expect(told.results.map(({ had_ended }) => had_ended)).toEqual([true, true, true]);

  await signIn("supervisor");
  await page.goto("/ban-to-chuc/can-xem-lai");
  const ours = page.locator(".conflict", { has: page.locator("tr", { hasText: name }) });
  const one = ours.filter({ hasText: names[0]! });
  await expect(one).toContainText("Lượt quét được giữ lại, nhưng không tự cho ai vào.");
  await one.getByText("Tính cả 3 lượt quét của").click();
  await fitsTheScreen(page);
  await canBeHitWithAThumb(page);
  await accessible();
  const address = await one.locator('form[action$="/tinh-luot"]').getAttribute("action");
  expect((await submit(page, `form[action="${address}"] [type=submit]`)).status()).toBe(303);
  await expect(one).toContainText("Lượt này được tính.");
  await ours.filter({ hasText: names[1]! }).getByText("Tính cả 2 lượt quét của").click();
  expect((await submit(page, 'details[open] form[action$="/tinh-ca"] [type=submit]')).status()).toBe(303);
  await expect(ours.filter({ hasText: "Lượt này được tính." })).toHaveCount(3);

  // They are in.
  const again = scans.map((scan) => ({ ...scan, scan_id: randomUUID(), local_verdict: undefined }));
  const answered = (await (await desk.post("/api/checkin/scans", { data: { checkpoint, scans: again } })).json()) as { results: { verdict: object }[] };
  for (const { verdict } of answered.results) expect(verdict).toMatchObject({ kind: "already_in", device: name });
  await Promise.all([desk, visitor, phone].map((context) => context.dispose()));
});

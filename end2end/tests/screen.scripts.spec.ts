import { randomUUID } from "node:crypto";
import { request } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { BASE, session, signInByForm } from "../support/accounts";
import { canBeHitWithAThumb, fitsWithLargestLetters, hasASkeleton } from "../support/look";
import { submit } from "../support/people";
import { codeOf, ticketOf } from "../support/things";

test("a browser becomes a screen, follows a scan with nobody signed in, and says so when it is signed out from the desk", async ({ page, accessible }, { project }) => {
  // A stream hears within twenty seconds that it has ended.
  test.setTimeout(90_000);
  const name = `Màn hình ${project.name} ${Date.now()}`;
  // With a session of its own, as that ends here.
  await signInByForm(page, "organiser");
  await page.goto("/ban-to-chuc/truc-tiep");
  await page.getByLabel("Tên màn hình").fill(name);
  expect((await submit(page, 'form[action$="/ghep-man-hinh"] [type=submit]')).status()).toBe(303);
  await expect(page).toHaveURL(/\/truc-tiep\/man-hinh$/);
  await expect(page.getByText("Tự cập nhật.")).toBeVisible();
  await hasASkeleton(page, "vi", "scanner");
  await canBeHitWithAThumb(page);

  const headers = async (role: "organiser" | "steward") => ({ Cookie: `__Host-session=${(await session(role)).value}`, Origin: BASE });
  const gate = await request.newContext({ baseURL: BASE, extraHTTPHeaders: await headers("steward") });
  const arrived = async () => Number((await page.locator("[data-live=arrived]").innerText()).replaceAll(/\D/g, ""));
  const before = await arrived();
  const shift = (await (await gate.get("/api/checkin/shift")).json()) as { counts: { id: string; name_vi: string }[] };
  const checkpoint = shift.counts.find(({ name_vi }) => name_vi.startsWith("Cổng số 1"))!.id;
  const code = await codeOf(gate, await ticketOf(gate));
  const scan = { scan_id: randomUUID(), code, source: "camera", direction: "entry", device_at: new Date().toISOString(), offset_ms: 0 };
  await gate.post("/api/checkin/scans", { data: { checkpoint, scans: [scan] } });
  await gate.dispose();
  await expect.poll(arrived, { timeout: 8_000, intervals: [100] }).toBeGreaterThanOrEqual(before + 1);

  // Nothing else opens there.
  const other = await page.context().newPage();
  expect((await other.goto("/ban-to-chuc/truc-tiep"))?.status()).toBe(403);
  expect((await other.goto("/diem-danh"))?.status()).toBe(403);
  await expect(other.locator("h1")).toHaveText("Máy này là màn hình lớn");
  await fitsTheScreen(other);
  await other.close();

  const desk = await request.newContext({ baseURL: BASE, extraHTTPHeaders: await headers("organiser") });
  const listed = await (await desk.get("/ban-to-chuc/may-quet")).text();
  const row = listed.split("<tr").find((row) => row.includes(name))!;
  expect(row).toContain("Đang liên lạc");
  const [revoke] = /\/ban-to-chuc\/may-quet\/[0-9a-f-]{36}\/thu-hoi/.exec(row)!;
  expect((await desk.post(revoke, { maxRedirects: 0 })).status()).toBe(303);
  await desk.dispose();

  await expect(page.getByRole("heading", { name: "Màn hình này đã kết thúc" })).toBeVisible({ timeout: 40_000 });
  await expect(page.locator("[data-live=arrived]")).toBeHidden();
  for (const reload of [false, true]) {
    if (reload) expect((await page.reload())?.status()).toBe(401);
    await expect(page.getByRole("alert")).toContainText("hãy đăng nhập trên máy này");
    await hasASkeleton(page, "vi", "scanner");
    await fitsTheScreen(page);
    await fitsWithLargestLetters(page);
    await canBeHitWithAThumb(page);
    await accessible();
  }
  await page.getByRole("link", { name: "Đăng nhập" }).click();
  await expect(page).toHaveURL(/\/dang-nhap\?back=%2Fban-to-chuc%2Ftruc-tiep$/);
});

import { randomUUID } from "node:crypto";
import { type APIRequestContext, request } from "@playwright/test";
import { expect, test } from "../fixtures";
import { BASE, session } from "../support/accounts";
import { codeOf, ticketOf } from "../support/things";

/** Checks a new person in at the first gate. */
async function admit(gate: APIRequestContext): Promise<void> {
  const shift = (await (await gate.get("/api/checkin/shift")).json()) as { counts: { id: string; name_vi: string }[] };
  const checkpoint = shift.counts.find(({ name_vi }) => name_vi.startsWith("Cổng số 1"))!.id;
  const code = await codeOf(gate, await ticketOf(gate));
  const scan = { scan_id: randomUUID(), code, source: "camera", direction: "entry", device_at: new Date().toISOString(), offset_ms: 0 };
  const answer = await gate.post("/api/checkin/scans", { data: { checkpoint, scans: [scan] } });
  expect(await answer.text()).toContain('"admit"');
}

for (const address of ["/ban-to-chuc/truc-tiep", "/ban-to-chuc/truc-tiep/man-hinh"]) {
  test(`${address} follows a scan within seconds, and without a stream by asking`, async ({ page, signIn }) => {
    await signIn("organiser");
    await page.goto(address);
    const arrived = async () => Number((await page.locator("[data-live=arrived]").innerText()).replaceAll(/\D/g, ""));
    await expect(page.getByText("Tự cập nhật.")).toBeVisible();
    const before = await arrived();
    const gate = await request.newContext({
      baseURL: BASE,
      extraHTTPHeaders: { Cookie: `__Host-session=${(await session("steward")).value}`, Origin: BASE },
    });
    await admit(gate);
    // Other tests scan at the same gate meanwhile.
    await expect.poll(arrived, { timeout: 30_000, intervals: [100] }).toBeGreaterThanOrEqual(before + 1);
    await expect(page.locator("path[data-live=day]")).toHaveAttribute("d", /^M/);

    await page.route("**/api/checkin/live*", (route) => route.abort());
    await page.reload();
    await expect(page.getByText("Tự cập nhật mỗi 5 giây.")).toBeVisible();
    const then = await arrived();
    await admit(gate);
    await gate.dispose();
    await expect.poll(arrived, { timeout: 30_000 }).toBeGreaterThanOrEqual(then + 1);
  });
}

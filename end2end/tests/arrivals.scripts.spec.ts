import { randomUUID } from "node:crypto";
import { request } from "@playwright/test";
import { expect, test } from "../fixtures";
import { BASE, session } from "../support/accounts";
import { codeOf, ticketOf } from "../support/things";

test("the numbers of arrivals follow while the desk is looked at", async ({ page, signIn }) => {
  await signIn("organiser");
  await page.goto("/ban-to-chuc");
  const row = page.locator("tr[data-checkpoint]", { hasText: "Cổng số 1" });
  const number = async (cell: string) => Number((await row.locator(cell).innerText()).replaceAll(/\D/g, ""));
  await expect(page.getByText(/^Số liệu lúc \d\d:\d\d.*tự cập nhật/)).toBeVisible();
  const [admitted, scans] = [await number(".admitted"), await number(".scans")];

  const gate = await request.newContext({ baseURL: BASE, extraHTTPHeaders: { Cookie: `__Host-session=${(await session("steward")).value}`, Origin: BASE } });
  const code = await codeOf(gate, await ticketOf(gate));
  const checkpoint = await row.getAttribute("data-checkpoint");
  const scan = { scan_id: randomUUID(), code, source: "camera", direction: "entry", device_at: new Date().toISOString(), offset_ms: 0 };
  const answer = await gate.post("/api/checkin/scans", { data: { checkpoint, scans: [scan, { ...scan, scan_id: randomUUID() }] } });
  expect(await answer.text()).toContain('"admit"');
  await gate.dispose();

  // Other tests scan at the same gate meanwhile.
  await expect.poll(() => number(".admitted"), { timeout: 40_000 }).toBeGreaterThanOrEqual(admitted + 1);
  expect(await number(".scans")).toBeGreaterThanOrEqual(scans + 2);
});

import { readFileSync } from "node:fs";
import { expect, test } from "../fixtures";

interface Case {
  known: unknown;
  scan: unknown;
  verdict: { kind: string };
}

/** Generated scans with the verdicts of the rule as it is compiled for the server. */
function cases(): Case[] {
  return readFileSync(process.env.DECISIONS!, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);
}

test("phone and server decide every generated scan alike", async ({ page }) => {
  const generated = cases();
  const kinds = new Set(generated.map(({ verdict }) => verdict.kind));
  expect([...kinds].sort()).toEqual([
    "admit",
    "admit_unconfirmed",
    "already_in",
    "exit",
    "not_a_ticket",
    "not_yet_open",
    "readmit",
    "stopped",
    "wrong_place",
  ]);
  expect(generated.length).toBeGreaterThanOrEqual(5_000);

  // The page itself has nothing to ask.
  await page.route("**/api/checkin/**", (route) => route.abort());
  await page.goto("/diem-danh/khung");
  await expect(page.locator("#no-shift")).toBeVisible();
  const decided = await page.evaluate(async (scans) => {
    // The module that the page itself has loaded.
    for (const { name } of performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"))) {
      const module = (await import(name)) as { decide?: (known: string, scan: string) => string };
      if (module.decide) return scans.map(([known, scan]) => module.decide!(known!, scan!));
    }
    return [];
  }, generated.map(({ known, scan }) => [JSON.stringify(known), JSON.stringify(scan)]));
  expect(decided.map((verdict) => JSON.parse(verdict) as unknown)).toEqual(generated.map(({ verdict }) => verdict));
});

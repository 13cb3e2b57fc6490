import type { Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { business, citizen, FIRST, fill, official, submit } from "../support/people";

/** Lines of text of each audience that the form asks. */
const LINES: Record<string, { good: () => Record<string, string | true>; lines: string[]; wrong: Record<string, string> }> = {
  "nguoi-dan": {
    good: citizen,
    lines: ["full_name", "phone", "email"],
    wrong: { full_name: "12345", phone: "khong phai so", email: "khong-phai-thu", commune: "khong-co" },
  },
  "doanh-nghiep": {
    good: business,
    lines: ["full_name", "phone", "email", "organisation_name", "tax_code", "job_title"],
    wrong: { full_name: "@@@@", phone: "0123", email: "a@b@c", tax_code: "0100109107" },
  },
  "can-bo": {
    good: official,
    lines: ["full_name", "phone", "email", "job_title"],
    wrong: { full_name: "<>", phone: "+1 555 0100", email: "@", organisation: "khong-co" },
  },
};

/** Kinds of bad input that are tried in every line of text. */
const BAD: Record<string, (good: string) => string> = {
  "too long": (good) => `${good} ${"a".repeat(2_000)}`,
  "NUL bytes": (good) => `${good}\0`,
  "right-to-left overrides": (good) => `${good}\u202e`,
  markup: () => "<script>alert(1)</script>",
};

for (const [audience, { good, lines, wrong }] of Object.entries(LINES)) {
  for (const [language, address] of [
    ["vi", "/dang-ky"],
    ["en", "/en/register"],
  ] as const) {
    for (const [kind, spoil] of Object.entries(BAD)) {
      test(`${audience}, ${language}: ${kind} in every line is told beside it, and nothing typed is lost`, async ({ page }) => {
        const values = good();
        const bad = Object.fromEntries(lines.map((name) => [name, spoil(String(values[name] ?? "a@b.vn"))]));
        await expectRefusal(page, `${address}?doi-tuong=${audience}`, { ...values, ...bad }, lines, language);
      });
    }

    test(`${audience}, ${language}: values of the wrong kind are told beside their fields`, async ({ page, accessible }) => {
      await expectRefusal(page, `${address}?doi-tuong=${audience}`, { ...good(), ...wrong }, Object.keys(wrong), language);
      await accessible();
    });

    test(`${audience}, ${language}: an empty form names all that is missing`, async ({ page, accessible }) => {
      await page.goto(`${address}?doi-tuong=${audience}`);
      const answer = await submit(page);
      expect(answer.status()).toBe(422);
      const missing = ["full_name", "phone", "consent_attend"];
      for (const name of missing) await expect(page.locator(`#${name}-error`)).toBeVisible();
      await expect(page.locator("#email-error")).toHaveCount(0);
      await fitsTheScreen(page);
      await accessible();
    });
  }
}

const ALERT = /alert\(1\)/;

async function expectRefusal(
  page: Page,
  address: string,
  values: Record<string, string | true>,
  refused: string[],
  language: string,
): Promise<void> {
  await page.goto(address);
  await fill(page, values);
  const answer = await submit(page);
  expect(answer.status()).toBe(422);
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  for (const name of refused) {
    const field = page.locator(`#${name}`);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAttribute("aria-describedby", new RegExp(`${name}-error`));
    await expect(page.locator(`#${name}-error`)).toBeVisible();
    await expect(page.locator(`.error-summary a[href="#${name}"]`)).toBeVisible();
  }
  await expect(page.locator("[aria-invalid=true]")).toHaveCount(refused.length);
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main [name="${name}"]:not([type=hidden])`).first();
    if (value === true) await expect(field).toBeChecked();
    // HTML reads a NUL byte as a replacement character, and a list has no place for a choice that it does not hold.
    else if (value === FIRST) await expect(field).not.toHaveValue("");
    else if (!(name in { commune: 1, organisation: 1 })) await expect(field).toHaveValue(value.replaceAll("\0", "\ufffd"));
  }
  expect(await page.locator("script").evaluateAll((scripts) => scripts.map((script) => script.textContent ?? ""))).not.toContainEqual(
    expect.stringMatching(ALERT),
  );
}

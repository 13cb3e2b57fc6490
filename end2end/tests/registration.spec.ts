import { expect, fitsTheScreen, picture, test } from "../fixtures";
import { readCode } from "../support/codes";
import { business, citizen, FIRST, fill, freshPhone, official, register, submit } from "../support/people";

const HTTPS = /^HTTPS?:\/\/[^/]+\/T\/[A-Z2-7]{122}$/;

test("a citizen registers and holds a ticket whose code any decoder reads", async ({ page, accessible }, { project }) => {
  await register(page);
  await expect(page.getByRole("heading", { name: "Nguyễn Thị Hạnh" })).toBeVisible();
  await fitsTheScreen(page);
  await accessible();
  await picture(page, "ticket", project.name);

  const link = new URL(page.url()).pathname;
  const png = await page.request.get(`${link}/ma.png`);
  expect(png.headers()["content-type"]).toBe("image/png");
  const code = readCode(await png.body());
  expect(code).toMatch(HTTPS);
  expect(readCode(await page.locator(".pass-code svg").screenshot({ scale: "device" }))).toBe(code);
  const svg = await page.request.get(`${link}/ma.svg`);
  expect(svg.headers()["content-type"]).toContain("image/svg+xml");
  expect(await page.locator(".short-code").innerText()).toMatch(/^[0-9A-Z]{4}[^0-9A-Z]?[0-9A-Z]{4}$/);

  const calendar = await (await page.request.get(`${link}/lich.ics`)).text();
  expect(calendar).toContain("BEGIN:VEVENT");
});

test("the page behind the code shows the day and no more than a masked name", async ({ page, accessible }) => {
  const phone = freshPhone();
  await register(page, { ...citizen(), full_name: "Phạm Quốc Việt", phone });
  const link = new URL(page.url()).pathname;
  const code = readCode(await (await page.request.get(`${link}/ma.png`)).body())!;
  await page.context().clearCookies();
  const answer = await page.goto(new URL(code).pathname);
  expect(answer?.status()).toBe(200);
  const text = await page.locator("body").innerText();
  expect(text).not.toContain("Phạm Quốc Việt");
  expect(text.replace(/\D/g, "")).not.toContain(phone.slice(1));
  await fitsTheScreen(page);
  await accessible();
});

test("a name typed in decomposed letters is kept composed", async ({ page }) => {
  const name = "Đặng Thị Mỹ Lệ";
  expect(name.normalize("NFD")).not.toBe(name.normalize("NFC"));
  await register(page, { ...citizen(), full_name: name.normalize("NFD") });
  expect(await page.locator(".pass h2").textContent()).toBe(name.normalize("NFC"));
});

test("a ticket that is given back says so, and its code is gone", async ({ page, accessible }) => {
  await register(page);
  await page.locator("details.cancel summary").click();
  expect((await submit(page, "details.cancel [type=submit]")).status()).toBe(303);
  await expect(page.locator(".pass.stopped")).toBeVisible();
  await expect(page.locator(".pass-code")).toHaveCount(0);
  await accessible();
});

test("sending the same form twice registers once", async ({ page, baseURL }) => {
  await page.goto("/dang-ky?doi-tuong=nguoi-dan");
  await fill(page, citizen());
  const form = await page
    .locator("main form.form")
    .evaluate((element) => Object.fromEntries([...new FormData(element as HTMLFormElement)].map(([name, value]) => [name, String(value)])));
  const send = () => page.request.post(page.url(), { form, headers: { Origin: baseURL! }, maxRedirects: 0 });
  const [first, second] = [await send(), await send()];
  expect([first.status(), second.status()]).toEqual([303, 303]);
  expect(first.headers().location).toMatch(/\/ve\//);
  expect(second.headers().location).toBe(first.headers().location);
});

for (const [audience, values] of [
  ["doanh-nghiep", business],
  ["can-bo", official],
] as const) {
  test(`${audience} registers with its own fields`, async ({ page }) => {
    await register(page, values(), audience);
    await expect(page.locator(".pass h2")).toHaveText(String(values().full_name));
  });
}

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
  page: import("@playwright/test").Page,
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

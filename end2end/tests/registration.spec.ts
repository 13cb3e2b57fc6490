import { expect, picture, test } from "../fixtures";
import { readCode } from "../support/codes";
import { business, citizen, fill, freshPhone, official, register, submit } from "../support/people";
import { addressOf, secretAt } from "../support/things";

const HTTPS = /^HTTPS?:\/\/[^/]+\/T\/[A-Z2-7]{122}$/;

test("a citizen registers and holds a ticket whose code any decoder reads", async ({ page }, { project }) => {
  await register(page);
  await expect(page.getByRole("heading", { name: "Nguyễn Thị Hạnh" })).toBeVisible();
  // On a phone the whole of the code is seen once the head of the page is scrolled away.
  if (project.name === "phone") await page.locator(".pass").evaluate((pass) => scrollTo({ top: pass.getBoundingClientRect().top - 12 }));
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

test("the page behind the code shows the day and no more than a masked name", async ({ page }) => {
  const phone = freshPhone();
  await register(page, { ...citizen(), full_name: "Phạm Quốc Việt", phone });
  const code = await addressOf(page.request, secretAt(page));
  await page.context().clearCookies();
  const answer = await page.goto(new URL(code).pathname);
  expect(answer?.status()).toBe(200);
  const text = await page.locator("body").innerText();
  expect(text).not.toContain("Phạm Quốc Việt");
  expect(text.replace(/\D/g, "")).not.toContain(phone.slice(1));
});

test("a name typed in decomposed letters is kept composed", async ({ page }) => {
  const name = "Đặng Thị Mỹ Lệ";
  expect(name.normalize("NFD")).not.toBe(name.normalize("NFC"));
  await register(page, { ...citizen(), full_name: name.normalize("NFD") });
  expect(await page.locator(".pass h2").textContent()).toBe(name.normalize("NFC"));
});

test("a ticket that is given back says so, and its code is gone", async ({ page }) => {
  await register(page);
  await page.locator("details.cancel summary").click();
  expect((await submit(page, "details.cancel [type=submit]")).status()).toBe(303);
  await expect(page.locator(".pass.stopped")).toBeVisible();
  await expect(page.locator(".pass-code")).toHaveCount(0);
});

test("sending the same form twice registers once", async ({ page, baseURL }) => {
  await page.goto("/dang-ky?doi-tuong=nguoi-dan");
  await fill(page, citizen());
  const form = await page
    .locator("#entry")
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

import { expect, fitsTheScreen, picture, test } from "../fixtures";

/** Public pages: Vietnamese address, English address, and what a reader may have chosen there. */
const PAGES = [
  ["/", "/en", ""],
  ["/chuong-trinh", "/en/programme", "?ngay=2027-10-10"],
  ["/dang-ky", "/en/register", "?doi-tuong=doanh-nghiep"],
  ["/mo-hinh", "/en/models", "?tru-cot=xa-hoi-so"],
  ["/dang-nhap", "/en/sign-in", ""],
  ["/quyen-rieng-tu", "/en/privacy", ""],
] as const;

for (const [vi, en, chosen] of PAGES) {
  for (const [language, address] of [
    ["vi", vi],
    ["en", en],
  ] as const) {
    test(`${address} is whole, accessible and no wider than the screen`, async ({ page, accessible }) => {
      const answer = await page.goto(address);
      expect(answer?.status()).toBe(200);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      await expect(page.locator("h1")).toHaveCount(1);
      await expect(page).toHaveTitle(/.{10,}/);
      await expect(page.locator(".skip-link")).toHaveAttribute("href", "#main");
      await fitsTheScreen(page);
      await accessible();
    });
  }

  test(`${vi} and ${en} lead to each other, and keep what was chosen`, async ({ page }) => {
    await page.goto(`${vi}${chosen}`);
    await page.locator("a.language").click();
    await expect(page).toHaveURL(`${en}${chosen}`);
    await page.locator("a.language").click();
    await expect(page).toHaveURL(`${vi}${chosen}`);
  });
}

test("pictures of the home page", async ({ page }, { project }) => {
  await page.goto("/");
  await picture(page, "home", project.name);
});

test("a session, from the programme", async ({ page, accessible }) => {
  await page.goto("/chuong-trinh");
  await page.locator("main .slot-body a").first().click();
  await expect(page).toHaveURL(/\/chuong-trinh\/./);
  await expect(page.locator("h1")).toHaveCount(1);
  await fitsTheScreen(page);
  await accessible();
});

test("the programme by place keeps to that place", async ({ page }) => {
  await page.goto("/chuong-trinh");
  const all = await page.locator(".slot-body").count();
  const place = page.locator('main .filters a[href*="dia-diem="]').first();
  await place.click();
  await expect(page).toHaveURL(/dia-diem=/);
  const some = await page.locator(".slot-body").count();
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(all);
});

test("larger text and the dark theme stay from page to page", async ({ page, accessible }) => {
  await page.goto("/");
  const html = page.locator("html");
  const size = async () => page.locator("main p").first().evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  const normal = await size();
  await page.locator(".display [name=size][value=large]").click();
  await expect(html).toHaveAttribute("data-size", "large");
  expect(await size()).toBeGreaterThan(normal);
  await page.locator(".display [name=theme][value=dark]").click();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.goto("/chuong-trinh");
  await expect(html).toHaveAttribute("data-size", "large");
  await expect(html).toHaveAttribute("data-theme", "dark");
  await fitsTheScreen(page);
  await accessible();
});

for (const address of ["/khong-co", "/ve/khong-co", "/chuong-trinh/khong-co", "/mo-hinh/khong-co", "/en/models/nowhere", "/T/ABC"]) {
  test(`${address} is not there, says so and helps`, async ({ page, accessible }) => {
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(404);
    await expect(page.locator("h1")).toHaveCount(1);
    expect(await page.locator("main a").count()).toBeGreaterThan(0);
    await fitsTheScreen(page);
    await accessible();
  });
}

test("the first stop of the keyboard skips to the content", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  await expect(page.locator(".skip-link")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("every control can be hit with a thumb", async ({ page }) => {
  for (const address of ["/", "/dang-ky", "/mo-hinh", "/dang-nhap"]) {
    await page.goto(address);
    const small = await page.locator("main button, main .button, main input:not([type=hidden]), main select, nav a").evaluateAll((all) =>
      all
        .filter((element) => {
          // A box is hit by its label too.
          const target = element.closest(".choice") ?? element;
          const { width, height } = target.getBoundingClientRect();
          return width > 0 && (width < 43.5 || height < 43.5);
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(small, address).toEqual([]);
  }
});

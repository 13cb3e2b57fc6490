import { expect, fitsTheScreen, picture, test } from "../fixtures";

// Here pages fade into each other, as they do for most people.
test.use({ contextOptions: { reducedMotion: "no-preference" } });

/** Public pages: Vietnamese address, English address, and what a reader may have chosen there. */
const PAGES = [
  ["/", "/en", ""],
  ["/chuong-trinh", "/en/programme", "?ngay=2027-10-10"],
  ["/dang-ky", "/en/register", "?doi-tuong=doanh-nghiep"],
  ["/mo-hinh", "/en/models", "?tru-cot=xa-hoi-so"],
  ["/dang-nhap", "/en/sign-in", ""],
  ["/quyen-rieng-tu", "/en/privacy", ""],
] as const;

const WRITTEN: string[] = ["/dang-ky", "/dang-nhap"];

test("nothing typed is lost by larger text, the other language or another group, and Enter sends the form", async ({ page }) => {
  const name = page.locator("#full_name");
  await page.goto("/dang-ky?doi-tuong=nguoi-dan");
  await name.fill("Nguyễn Thị Hạnh");
  await page.locator(".display [name=size][value=large]").click();
  await expect(page.locator("html")).toHaveAttribute("data-size", "large");
  await expect(name).toHaveValue("Nguyễn Thị Hạnh");
  await page.locator(".language").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(name).toHaveValue("Nguyễn Thị Hạnh");
  await page.locator(".audiences button").nth(1).click();
  await expect(page.locator("#tax_code")).toBeVisible();
  await expect(name).toHaveValue("Nguyễn Thị Hạnh");
  await name.press("Enter");
  await expect(page).toHaveURL("/en/register?doi-tuong=doanh-nghiep");
  await expect(page.locator(".error-summary")).toBeVisible();
});

for (const [vi, en, chosen] of PAGES) {
  test(`${vi} and ${en} lead to each other, and keep what was chosen`, async ({ page }) => {
    // A page that is written in posts what was typed, to be shown again in the other language.
    const shown = (address: string) => (WRITTEN.includes(vi) ? `/tuy-chon?back=${encodeURIComponent(address)}` : address);
    await page.goto(`${vi}${chosen}`);
    await page.locator(".language").click();
    await expect(page).toHaveURL(shown(`${en}${chosen}`));
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await page.locator(".language").click();
    await expect(page).toHaveURL(shown(`${vi}${chosen}`));
    await expect(page.locator("html")).toHaveAttribute("lang", "vi");
  });
}

test("pictures of the home page", async ({ page }, { project }) => {
  await page.goto("/");
  await picture(page, "home", project.name);
});

test("a session, from the programme", async ({ page }) => {
  await page.goto("/chuong-trinh");
  const link = page.locator("main .slot-body a").first();
  const title = await link.innerText();
  await link.click();
  await expect(page).toHaveURL(/\/chuong-trinh\/./);
  await expect(page.locator("h1")).toHaveText(title);
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

test("the first stop of the keyboard skips to the content", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  await expect(page.locator(".skip-link")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

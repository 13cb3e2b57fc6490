import { expect, fitsTheScreen, picture, test } from "../fixtures";

test("the gallery shows models, and each leads to its page", async ({ page, accessible }, { project }) => {
  await page.goto("/mo-hinh");
  const cards = page.locator("main .card");
  expect(await cards.count()).toBeGreaterThan(0);
  await fitsTheScreen(page);
  await accessible();
  await picture(page, "gallery", project.name);

  await cards.first().locator("a").first().click();
  await expect(page).toHaveURL(/\/mo-hinh\/./);
  await expect(page.locator("h1")).toHaveCount(1);
  await fitsTheScreen(page);
  await accessible();
});

test("a filter of the gallery leaves only what it names", async ({ page }) => {
  await page.goto("/mo-hinh");
  const all = await page.locator("main .card").count();
  await page.locator('main a[href*="tru-cot="]').first().click();
  await expect(page).toHaveURL(/tru-cot=/);
  expect(await page.locator("main .card").count()).toBeLessThanOrEqual(all);
});

test("pictures of models say what they show", async ({ page }) => {
  await page.goto("/mo-hinh");
  for (const image of await page.locator("main img").all()) {
    await image.scrollIntoViewIfNeeded();
    expect(await image.getAttribute("alt")).not.toBeNull();
    await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  }
});

import { expect, picture, test } from "../fixtures";

test("the gallery shows models, and each leads to its page", async ({ page }, { project }) => {
  await page.goto("/mo-hinh");
  const cards = page.locator("main .card");
  expect(await cards.count()).toBeGreaterThan(0);
  await picture(page, "gallery", project.name);

  const link = cards.first().locator("a").first();
  const title = await link.innerText();
  await link.click();
  await expect(page).toHaveURL(/\/mo-hinh\/./);
  await expect(page.locator("h1")).toHaveText(title);
});

test("a filter of the gallery leaves exactly the models that it names", async ({ page }) => {
  await page.goto("/mo-hinh");
  const all = await page.locator("main .card").count();
  const pillars = await page.locator('main .filters a[href*="tru-cot="]').evaluateAll((chips) =>
    chips.map((chip) => {
      const [, name, number] = /^(.+) \((\d+)\)$/.exec((chip.textContent ?? "").trim())!;
      return { href: chip.getAttribute("href")!, name: name!, number: Number(number) };
    }),
  );
  expect(pillars).toHaveLength(3);
  expect(pillars.reduce((sum, { number }) => sum + number, 0)).toBe(all);
  for (const { href, name, number } of pillars) {
    await page.goto(href);
    await expect(page.locator("main .card"), name).toHaveCount(number);
    await expect(page.locator("main .card .pillar .mark"), name).toHaveText(Array<string>(number).fill(name));
    await expect(page.locator('main .filters a[aria-current="true"]', { hasText: name })).toHaveCount(1);
  }
});

test("pictures of models say what they show", async ({ page }) => {
  await page.goto("/mo-hinh");
  const images = await page.locator("main .card img").all();
  expect(images.length).toBe(await page.locator("main .card").count());
  for (const image of images) {
    await image.scrollIntoViewIfNeeded();
    expect((await image.getAttribute("alt"))?.length, "words of the text instead").toBeGreaterThan(15);
    await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  }
});

import { expect, fitsTheScreen, test } from "../fixtures";

for (const [language, address] of [
  ["vi", "/"],
  ["en", "/en"],
] as const) {
  test(`the home page stands in ${language}`, async ({ page, accessible }) => {
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(200);
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    await expect(page.locator("h1")).toHaveCount(1);
    await fitsTheScreen(page);
    await accessible();
  });
}

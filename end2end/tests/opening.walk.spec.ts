import { expect, test } from "@playwright/test";
import { fitsTheScreen } from "../support/look";
import { citizen, fill } from "../support/people";
import { localTime, Program } from "../support/program";

test("while registration opens, a browser works and a reader without scripts waits: both get a ticket", async ({ page, javaScriptEnabled }) => {
  test.setTimeout(240_000);
  const program = await Program.start({ OPENING_PUZZLE: "14" });
  try {
    program.edit((edition) => edition.replace(/^opens = .*$/m, `opens = ${localTime(new Date())}`));
    // The program remembers for a second what it offers.
    await page.waitForTimeout(1_100);
    await page.goto(`${program.base}/dang-ky?doi-tuong=nguoi-dan`);
    const { phone, ...others } = citizen();
    await fill(page, others);
    await page.locator("[name=phone]").fill(String(phone));
    const found = page.locator("[name=solution]");
    if (javaScriptEnabled) await expect(found).toHaveValue(/^\d+$/);
    else await expect(found).toHaveValue("");
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("#entry [type=submit]").click();
    const solution = new URLSearchParams((await sent).postData() ?? "").get("solution");
    if (javaScriptEnabled) {
      expect(solution).toMatch(/^\d+$/);
    } else {
      const trouble = page.locator("#stamp");
      await expect(trouble).toContainText("Đăng ký vừa mở");
      await fitsTheScreen(page);
      const [, seconds] = /sau (\d+) giây/.exec(await trouble.innerText())!;
      expect(Number(seconds)).toBeLessThanOrEqual(20);
      await page.waitForTimeout(Number(seconds) * 1_000);
      await page.locator("#entry [type=submit]").click();
    }
    await expect(page.getByRole("heading", { name: "Nguyễn Thị Hạnh" })).toBeVisible();
    await expect(page).toHaveURL(/\/ve\//);
  } finally {
    await program.stop();
  }
});

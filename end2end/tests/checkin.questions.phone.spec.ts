import type { BrowserContext } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { canBeHitWithAThumb } from "../support/look";
import { citizen, register } from "../support/people";
import { Program } from "../support/program";
import { keptFacts, pair, wedge } from "../support/scanner";
import { addressOf, secretAt } from "../support/things";

test("the gate shows what matters of a person's answers and asks what is open, with no network, once", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const program = await Program.start({});
  const contexts: BrowserContext[] = [];
  const opened = async (use = {}) => {
    const context = await browser.newContext({ ...use, baseURL: program.base });
    contexts.push(context);
    return context;
  };
  try {
    program.edit((edition) => edition.replaceAll('audiences = ["bao-chi"]', 'audiences = ["nguoi-dan"]'));
    const visitor = await (await opened()).newPage();
    await register(visitor, { ...citizen(), "q.ho-tro": true, "q.ho-tro-gi": "xe lăn" });
    const code = await addressOf(visitor.request, secretAt(visitor));
    const desk = await (await opened()).newPage();
    await signInByForm(desk, "organiser", program.signIns());
    const phone = await pair(desk, await opened(project.use), "Máy A");
    await phone.context().setOffline(true);

    await wedge(phone, code);
    const [verdict, asked] = [phone.locator("#verdict"), phone.locator("#asked")];
    await expect(verdict).toHaveAttribute("data-kind", "admit");
    await expect(phone.locator("#verdict-answers li")).toHaveText(["Bạn có cần hỗ trợ khi đến không? Có", "Bạn cần hỗ trợ gì? xe lăn"]);
    await expect(asked.locator("label[for], legend")).toContainText([
      "Mang vào mấy máy quay, máy ảnh?",
      "Muốn phỏng vấn ai?",
      "Lãnh đạo tỉnh",
      "Đơn vị có mô hình",
      "Không phỏng vấn",
    ]);
    await fitsTheScreen(phone);
    await canBeHitWithAThumb(phone);
    const cameras = phone.getByLabel("Mang vào mấy máy quay, máy ảnh?");
    await cameras.fill("hai");
    await phone.getByLabel("Lãnh đạo tỉnh").check();
    await asked.locator("[type=submit]").click();
    await expect(asked.locator("[role=alert]").first()).not.toBeEmpty();
    await expect(cameras).toBeFocused();
    await cameras.fill("2");
    expect(await keptFacts(phone)).toEqual(["scan"]);
    await asked.locator("[type=submit]").click();
    await expect(verdict).toBeHidden();
    expect(await keptFacts(phone)).toEqual(["scan", "reply"]);

    await phone.context().setOffline(false);
    await expect(phone.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
    expect(await keptFacts(phone)).toEqual([]);
    await desk.goto("/ban-to-chuc/nguoi-dang-ky?tim=nguyen+thi+hanh");
    await desk.locator('main a[href*="/nguoi-dang-ky/"]', { hasText: "Nguyễn Thị Hạnh" }).first().click();
    const answer = (question: string) => desk.locator("dt", { hasText: question }).locator("xpath=following-sibling::dd[1]");
    await expect(answer("Mang vào mấy máy quay, máy ảnh?")).toHaveText("2");
    await expect(answer("Muốn phỏng vấn ai?")).toHaveText("Lãnh đạo tỉnh");

    // What was held up a moment ago is muted.
    await phone.waitForTimeout(3_100);
    await wedge(phone, code);
    await expect(verdict).toHaveAttribute("data-kind", "already_in");
    await expect(phone.locator("#verdict-answers li")).toHaveCount(2);
    await expect(asked).toBeHidden();
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

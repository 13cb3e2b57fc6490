import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { submit } from "../support/people";
import { Program } from "../support/program";
import { ticketOf } from "../support/things";

/** Points of a style sheet in a millimetre. */
const PIXELS = 96 / 25.4;

const SHEET = `
[[badge_templates]]
code = "to-nhan"
name = { vi = "Tờ nhãn sáu ô", en = "Sheet of six labels" }
width = 80
height = 60
layout = "row"
sheet = { columns = 2, rows = 3, top = 20, column_gap = 6, row_gap = 4 }
`;

test("badges stand where the labels of the edition file's sheet are", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const program = await Program.start({});
  const context = await browser.newContext({ ...project.use, baseURL: program.base });
  try {
    program.edit((edition) => edition + SHEET);
    const page = await context.newPage();
    for (const name of ["Phạm Quốc Việt", "Lê Văn Tám", "Trần Thị Sen"]) await ticketOf(page.request, name, program.base);
    await signInByForm(page, "organiser", program.signIns());
    await page.goto("/ban-to-chuc/the-deo");
    // The edition's own in place of the usual ones.
    await expect(page.locator("[name=template] option")).toHaveText(["Hãy chọn", "Tờ nhãn sáu ô"]);
    expect((await submit(page, "#entry [type=submit]")).status()).toBe(303);
    await expect(page.locator(".badge")).toHaveCount(3);

    await page.emulateMedia({ media: "print" });
    const measured = await page.locator(".badge").evaluateAll((badges) =>
      badges.map((badge) => {
        const sheet = badge.closest(".badge-page")!.getBoundingClientRect();
        const { x, y, width, height } = badge.getBoundingClientRect();
        return [x - sheet.x, y - sheet.y, width, height];
      }),
    );
    // Two columns of labels with their gap in the middle of the sheet, from its upper edge as the file says.
    const left = (210 - 2 * 80 - 6) / 2;
    expect(measured.map((label) => label.map((pixels) => Math.round(pixels / PIXELS)))).toEqual([
      [left, 20, 80, 60],
      [left + 86, 20, 80, 60],
      [left, 84, 80, 60],
    ]);
  } finally {
    await context.close();
    await program.stop();
  }
});

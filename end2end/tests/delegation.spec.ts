import { expect, fitsTheScreen, test } from "../fixtures";
import { freshPhone, submit } from "../support/people";

const FORM = "/dang-ky/doan?doi-tuong=doanh-nghiep";

/** Who leads the party, and its list. */
function party(list: string): Record<string, string> {
  return {
    organisation_name: "Hợp tác xã Xoài Mỹ Xương",
    tax_code: "0100109106",
    leader_name: "Trần Văn Bình",
    leader_phone: freshPhone(),
    paste: list,
  };
}

test("a leader pastes a list, mends what is wrong beside its cell, and registers everybody", async ({ page, accessible }) => {
  await page.goto(FORM);
  for (const [name, value] of Object.entries(party("Họ và tên\tChức vụ\tSĐT\nNguyễn Thị Hạnh\tGiám đốc\t12\nLê Văn Tám\t\t"))) {
    await page.locator(`main [name="${name}"]`).fill(value);
  }
  await page.locator('[name="name-1"]').fill("Võ Thị Sáu");
  expect((await submit(page, '[name=do][value="check"]')).status()).toBe(422);
  await expect(page.locator("#phone-2-error")).toContainText("10 chữ số");
  await expect(page.locator('[name="leader_name"]')).toHaveValue("Trần Văn Bình");
  await fitsTheScreen(page);
  await accessible();

  await page.locator('[name="phone-2"]').fill(freshPhone());
  expect((await submit(page, '[name=do][value="check"]')).status()).toBe(200);
  await expect(page.locator(".notice.success")).toContainText("3 người");
  await fitsTheScreen(page);
  await accessible();

  expect((await submit(page, '[name=do][value="confirm"]')).status()).toBe(422);
  await page.locator('[name="declaration"]').check();
  expect((await submit(page, '[name=do][value="confirm"]')).status()).toBe(303);
  await expect(page.locator("#members tbody th")).toContainText(["Võ Thị Sáu", "Nguyễn Thị Hạnh", "Lê Văn Tám"]);
});

test("the leader sees who has opened the ticket, and lets somebody else come", async ({ page, things }) => {
  const { delegation } = things;
  await page.goto(`/doan/${delegation}`);
  const last = page.locator("#members tbody tr", { hasText: "Tôn Nữ Thị Ngọc Huyền Trân" });
  if (await last.count()) {
    await last.getByRole("link", { name: /^Mở thẻ/ }).click();
    await expect(page.locator(".pass h2")).toHaveText("Tôn Nữ Thị Ngọc Huyền Trân");
    await page.goto(`/doan/${delegation}`);
    await expect(last.locator("td").nth(1)).not.toHaveText("chưa mở");
    await last.getByRole("link", { name: /^Đổi hoặc bớt/ }).click();
    await page.locator('[name="name-0"]').fill("Phạm Thị Chín");
    expect((await submit(page, `form[action$="/doi"] [type=submit]`)).status()).toBe(303);
  }
  await expect(page.locator("#members tbody th", { hasText: "Phạm Thị Chín" })).toBeVisible();
});

test("a school gives a head count and no name of a child", async ({ page }) => {
  await page.goto("/dang-ky/doan?doi-tuong=doanh-nghiep&doan=school");
  expect(await page.locator('[name^="name-"], [name="paste"]').count()).toBe(0);
  const { organisation_name, leader_name, leader_phone } = party("");
  for (const [name, value] of Object.entries({ organisation_name, leader_name, leader_phone, people: "45" })) {
    await page.locator(`main [name="${name}"]`).fill(value!);
  }
  await page.locator('[name="declaration"]').check();
  expect((await submit(page, '[name=do][value="confirm"]')).status()).toBe(303);
  await expect(page.locator(".group .lead")).toContainText("45 người");
});

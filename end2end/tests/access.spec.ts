import { expect, test } from "../fixtures";
import { signInByForm, type Role } from "../support/accounts";
import { submit } from "../support/people";

/** Each role's desk, and a desk that it may not see. */
const DESKS: Record<Role, { desk: string; other: string }> = {
  organiser: { desk: "/ban-to-chuc", other: "/don-vi" },
  supervisor: { desk: "/ban-to-chuc/truc-tiep", other: "/ban-to-chuc" },
  department: { desk: "/don-vi", other: "/ban-to-chuc" },
  judge: { desk: "/hoi-dong", other: "/ban-to-chuc" },
  steward: { desk: "/diem-danh", other: "/ban-to-chuc" },
};

for (const [role, { desk, other }] of Object.entries(DESKS) as [Role, { desk: string; other: string }][]) {
  test(`the ${role} signs in, works at ${desk}, and signs out`, async ({ page }) => {
    const before = await page.goto(desk);
    expect(new URL(before!.url()).pathname).toBe("/dang-nhap");

    await signInByForm(page, role);
    await expect(page).toHaveURL(new RegExp(`${desk}$`));
    expect((await page.goto(other))?.status()).toBe(403);

    const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "__Host-session");
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });

    await page.goto("/dang-nhap");
    await submit(page, 'form[action="/dang-xuat"] [type=submit]');
    await page.goto(desk);
    await expect(page).toHaveURL(/dang-nhap/);
  });
}

test("a wrong password is refused, and the address stays typed", async ({ page, accessible }) => {
  await page.goto("/dang-nhap");
  await page.locator("[name=email]").fill("khong-co@example.vn");
  await page.locator("[name=password]").fill("sai-mat-khau");
  const answer = await submit(page, "form:has([name=password]) [type=submit]");
  expect(answer.status()).toBe(422);
  await expect(page.locator("[name=email]")).toHaveValue("khong-co@example.vn");
  await expect(page.locator("[name=password]")).toHaveValue("");
  await expect(page.locator(".error-summary")).toBeVisible();
  await accessible();
});

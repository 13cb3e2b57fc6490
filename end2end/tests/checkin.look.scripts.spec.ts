import { expect, fitsTheScreen, test } from "../fixtures";
import { openGate, stubCamera } from "../support/scanner";

test("the longest answer can be read from its top, on a low screen and in the largest text", async ({ page, signIn, baseURL }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.context().addCookies([{ name: "size", value: "larger", url: baseURL! }]);
  await signIn("steward");
  await openGate(page);
  await page.evaluate(() => {
    const texts = {
      word: "Chưa tới giờ vào cửa",
      name: "Nguyễn Thị Hồng Hạnh",
      group: "Cán bộ, công chức · Ủy ban nhân dân xã Mỹ Xương",
      reason: "Thẻ đã được cấp lại: thẻ này không còn giá trị. Hãy đề nghị người dự mở thẻ mới, trong thư hoặc trong tin nhắn gần nhất.",
      note: "Chưa có mạng: lượt quét được giữ lại và gửi sau.",
    };
    for (const [part, text] of Object.entries(texts)) document.getElementById(`verdict-${part}`)!.textContent = text;
    document.getElementById("verdict-icon")!.setAttribute("d", "M3 12.5 9.5 19 21 6");
    const dialog = document.getElementById("verdict") as HTMLDialogElement;
    dialog.dataset.kind = "stopped";
    dialog.showModal();
  });
  const dialog = page.locator("#verdict");
  const { top, bottom, height } = await dialog.evaluate((dialog) => {
    dialog.scrollTop = 0;
    const top = dialog.querySelector(".icon")!.getBoundingClientRect().top;
    dialog.scrollTop = dialog.scrollHeight;
    return { top, bottom: document.getElementById("go-on")!.getBoundingClientRect().bottom, height: innerHeight };
  });
  expect(top).toBeGreaterThanOrEqual(0);
  expect(bottom).toBeLessThanOrEqual(height);
  await fitsTheScreen(page);
});

/** Contrast of two colours as computed style writes them, the upper laid over white: WCAG 2.2, 1.4.3. */
function onWhite(colour: string, ground: string): number {
  const parts = (text: string) => text.match(/[\d.]+/g)!.map(Number);
  const [r, g, b, a = 1] = parts(ground);
  const luminance = (channels: number[]) => {
    const [red, green, blue] = channels.map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const over = [r!, g!, b!].map((channel) => channel * a + 255 * (1 - a));
  const [light, dark] = [luminance(parts(colour)), luminance(over)].sort((one, other) => other - one);
  return (light! + 0.05) / (dark! + 0.05);
}

test("words over the picture can be read when it is white", async ({ page, signIn }) => {
  await stubCamera(page, {});
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  for (const each of ["#help", "#stop"]) {
    await expect(page.locator(each)).toBeVisible();
    const [colour, ground] = await page.locator(each).evaluate((element) => {
      const style = getComputedStyle(element);
      return [style.color, style.backgroundColor] as const;
    });
    expect(onWhite(colour, ground), each).toBeGreaterThanOrEqual(4.5);
  }
});

test("of several cameras the plain one at the back is taken, and another can be chosen and is remembered", async ({ page, signIn }) => {
  const cameras = ["Camera mặt trước", "Camera góc siêu rộng mặt sau", "Camera mặt sau"].map((label, at) => ({ deviceId: `c${at}`, label }));
  await stubCamera(page, { cameras });
  await signIn("steward");
  await openGate(page);
  const open = () => page.evaluate(() => window.seen.tracks.filter((track) => track.readyState === "live").map((track) => track.getSettings().deviceId));
  await page.locator("#start").click();
  await expect(page.locator("#stop")).toBeVisible();
  await expect.poll(open).toEqual(["c2"]);
  await page.locator("#switch").click();
  await expect.poll(open).toEqual(["c0"]);
  await page.locator("#switch").click();
  await expect.poll(open).toEqual(["c1"]);
  // The choice is kept once its picture runs.
  await expect.poll(() => page.evaluate(() => Object.values(localStorage))).toContain("c1");
  await page.reload();
  await page.locator("#start").click();
  await expect.poll(open).toEqual(["c1"]);
});

test("where there is one camera, none is offered besides it", async ({ page, signIn }) => {
  await stubCamera(page, {});
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#stop")).toBeVisible();
  await expect(page.locator("#switch")).toBeHidden();
});

test("the scanner and its answer are accessible and no wider than the screen", async ({ page, signIn, accessible }) => {
  await stubCamera(page, {});
  await page.route("**/api/checkin/scans", (route) => route.fulfill({ status: 422, json: { error: "no" } }));
  await signIn("steward");
  await openGate(page);
  await page.locator("#code").fill("00000000");
  await page.locator("#code-form [type=submit]").click();
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "refused");
  await accessible();
  await page.locator("#go-on").click();
  await expect(page.locator("#refused")).toContainText("(1)");
  await fitsTheScreen(page);
  await accessible();
});

const ADDRESSES = ["/", "/chuong-trinh", "/dang-ky", "/mo-hinh", "/dang-nhap", "/quyen-rieng-tu", "/khong-co", "/diem-danh"];

test("in the smallest text too, every control can be hit with a thumb", async ({ page, signIn, baseURL }) => {
  await page.context().addCookies([{ name: "size", value: "small", url: baseURL! }]);
  await signIn("steward");
  const small = () =>
    page.locator("button, .button, input:not([type=hidden]), select, textarea, summary, nav a, .chips a, .error-summary a").evaluateAll((all) =>
      all
        // What a keyboard's Enter finds is for no finger.
        .filter((element) => !element.closest("[aria-hidden=true]"))
        .filter((element) => {
          // A box is hit by its label too.
          const target = element.closest(".choice") ?? element;
          const { width, height } = target.getBoundingClientRect();
          return width > 0 && (width < 43.9 || height < 43.9);
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
  for (const address of ADDRESSES) {
    await page.goto(address);
    expect(await small(), address).toEqual([]);
  }
  await page.locator("[data-place]").first().click();
  expect(await small(), "the scanner").toEqual([]);
  await page.goto("/dang-ky");
  await page.locator("#entry [type=submit]").click();
  await expect(page.locator(".error-summary a").first()).toBeVisible();
  expect(await small(), "errors").toEqual([]);
});

import { writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { session } from "../support/accounts";
import { openGate } from "../support/scanner";
import { ticketOf } from "../support/things";
import { slowDown } from "./slower.mjs";

// How long it takes from the moment at which a code comes into the camera's view until its verdict fills the screen, with no
// network and page and decoder four times slower. Writes milliseconds, one for each code, to the file RESULT.

const CODES = 20;
const SLOWER = 4;
/** Frames of the camera, in milliseconds. */
const FRAME = 33;

declare global {
  interface Window {
    /** Puts a picture (data address) before the camera, or takes it away. */
    hold: (picture: string) => Promise<void>;
    /** Holds a picture up; milliseconds until its verdict stands. */
    verdictAfter: (picture: string) => Promise<number>;
  }
}

test("code in view to verdict, without network", async ({ browser, page, context, request }) => {
  const pictures: string[] = [];
  for (let number = 0; number < CODES; number++) {
    const png = await (await request.get(`/ve/${await ticketOf(request)}/ma.png`)).body();
    pictures.push(`data:image/png;base64,${png.toString("base64")}`);
  }
  await page.addInitScript((frame) => {
    let held: HTMLImageElement | undefined;
    window.hold = async (picture) => {
      const image = new Image();
      image.src = picture;
      if (picture) await image.decode();
      held = picture ? image : undefined;
    };
    navigator.mediaDevices.enumerateDevices = async () => [{ deviceId: "one", label: "camera 0, facing back", kind: "videoinput", groupId: "" } as MediaDeviceInfo];
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [640, 480];
      const pen = canvas.getContext("2d")!;
      setInterval(() => {
        pen.fillStyle = "#888";
        pen.fillRect(0, 0, 640, 480);
        if (held) pen.drawImage(held, 170, 90, 300, 300);
      }, frame);
      return canvas.captureStream(1_000 / frame);
    };
    window.verdictAfter = async (picture) => {
      const dialog = document.getElementById("verdict") as HTMLDialogElement;
      await window.hold(picture);
      const begin = performance.now();
      return new Promise((resolve) => {
        const look = () => {
          if (!dialog.open || dialog.dataset.kind === "checking") return;
          watch.disconnect();
          // Drawn, too.
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin)));
        };
        const watch = new MutationObserver(look);
        watch.observe(dialog, { attributes: true });
      });
    };
  }, FRAME);
  await context.addCookies([await session("steward")]);
  await openGate(page);
  // The list is whole.
  await expect(page.locator("#list-state")).toContainText("thẻ", { timeout: 120_000 });
  await page.locator("#start").click();
  await expect(page.locator("#camera-state")).toHaveText("bật");
  // What the list's next question brings is there before.
  await page.waitForTimeout(6_000);
  await context.setOffline(true);
  const atFullSpeed = await slowDown(browser, SLOWER);

  const milliseconds: number[] = [];
  for (const picture of pictures) {
    milliseconds.push(await page.evaluate((picture) => window.verdictAfter(picture), picture));
    await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    await page.evaluate(() => window.hold(""));
    await expect(page.locator("#verdict")).toBeHidden({ timeout: 10_000 });
  }
  await atFullSpeed();
  writeFileSync(process.env.RESULT!, JSON.stringify(milliseconds));
});

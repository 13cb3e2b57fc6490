import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { goOn, heldUp, openGate, stubCamera } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

declare global {
  interface Window {
    /** What the phone was asked for: patterns of vibration, and the pitches of tones that were started. */
    felt: number[][];
    heard: number[];
    /** Its battery, and what changes it. */
    battery: EventTarget & { level: number };
    /** What is to be kept awake, and how often that was given up. */
    wakes: { asked: string[]; released: number };
  }
}

/** What a hand and an ear are told by each verdict. */
const SIGNALS = {
  admit: { felt: [70], heard: [880, 1318.5] },
  already_in: { felt: [90, 70, 180], heard: [587.3, 440] },
  wrong_place: { felt: [90, 50, 90, 50, 90], heard: [440, 587.3, 440] },
  not_yet_open: { felt: [40, 60, 40, 60, 40], heard: [440, 440, 440] },
  stopped: { felt: [260, 80, 260], heard: [155.6] },
  not_a_ticket: { felt: [260], heard: [207.7, 155.6] },
} as const;

/** A code of the right form that no ticket has. */
const UNKNOWN = "00000000";

/** Notes what a hand and an ear would be told. */
async function stubSignals(page: Page): Promise<void> {
  await page.addInitScript(() => {
    [window.felt, window.heard] = [[], []];
    navigator.vibrate = (pattern) => {
      window.felt.push([pattern].flat() as number[]);
      return true;
    };
    // A machine without a loudspeaker may not let it run.
    Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "running" });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
      window.heard.push(Math.round(this.frequency.value * 10) / 10);
      start.call(this, when);
    };
  });
}

/** What was told since it was asked last. */
function told(page: Page): Promise<{ felt: number[][]; heard: number[] }> {
  return page.evaluate(() => ({ felt: window.felt.splice(0), heard: window.heard.splice(0) }));
}

/** Goes over to another place. */
async function moveTo(page: Page, place: string): Promise<void> {
  await page.locator("#menu summary").click();
  await page.locator("#change-place").click();
  await page.locator("li.card", { hasText: place }).locator("[data-place]").click();
  await expect(page.locator("#scan")).toBeVisible();
}

test("every verdict is felt and heard by a signal of its own, once", async ({ page, signIn, request, things }) => {
  const guest = await codeOf(request, await ticketOf(request));
  await stubSignals(page);
  await signIn("steward");
  await openGate(page);
  await expect(page.locator("#list-state")).toContainText("thẻ");
  const scanned: { kind: string; felt: number[][]; heard: number[] }[] = [];
  const scan = async (code: string) => {
    await told(page);
    const kind = await heldUp(page, code);
    // Longer than the server takes to say the same.
    await expect(page.locator("#waiting")).toHaveText("0");
    scanned.push({ kind, ...(await told(page)) });
    await goOn(page);
    // The same code counts again when it has been out of sight.
    await page.waitForTimeout(3_100);
  };
  for (const code of [guest, guest, things.cancelledCode, UNKNOWN]) await scan(code);
  await moveTo(page, "Cổng đại biểu");
  await scan(guest);
  // Its hours are those of the day.
  await moveTo(page, "Cổng số 2");
  await scan(guest);
  const kinds = ["admit", "already_in", "stopped", "not_a_ticket", "wrong_place", "not_yet_open"] as const;
  expect(scanned).toEqual(kinds.map((kind) => ({ kind, felt: [SIGNALS[kind].felt], heard: SIGNALS[kind].heard })));
});

test("the battery is shown, follows its level, and warns when it is low", async ({ page, signIn }) => {
  await page.addInitScript(() => {
    window.battery = Object.assign(new EventTarget(), { level: 0.42 });
    Object.assign(navigator, { getBattery: () => Promise.resolve(window.battery) });
  });
  await signIn("steward");
  await openGate(page);
  const battery = page.locator("#battery");
  await expect(battery).toHaveText("42 %");
  const warns = () => battery.evaluate((element) => getComputedStyle(element).color);
  const calm = await warns();
  await page.evaluate(() => {
    window.battery.level = 0.2;
    window.battery.dispatchEvent(new Event("levelchange"));
  });
  await expect(battery).toHaveText("20 %");
  await expect.poll(warns).not.toBe(calm);
});

test("a browser that tells nothing of its battery shows none", async ({ page, signIn }) => {
  await page.addInitScript(() => Object.assign(navigator, { getBattery: undefined }));
  await signIn("steward");
  await openGate(page);
  await expect(page.locator("#list-state")).toContainText("thẻ");
  await expect(page.locator("#battery-chip")).toBeHidden();
});

test("the screen is kept on while the camera runs, also after the page was out of sight, and no longer", async ({ page, signIn }) => {
  await stubCamera(page, {});
  await page.addInitScript(() => {
    window.wakes = { asked: [], released: 0 };
    const request = (kind: string) => {
      window.wakes.asked.push(kind);
      return Promise.resolve({ release: () => Promise.resolve(void (window.wakes.released += 1)) });
    };
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
  });
  await signIn("steward");
  await openGate(page);
  const wakes = () => page.evaluate(() => window.wakes);
  expect(await wakes()).toEqual({ asked: [], released: 0 });
  await page.locator("#start").click();
  await expect.poll(wakes).toEqual({ asked: ["screen"], released: 0 });
  for (const isHidden of [true, false]) {
    await page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  }
  await expect.poll(wakes).toEqual({ asked: ["screen", "screen"], released: 0 });
  await page.locator("#stop").click();
  await expect.poll(wakes).toEqual({ asked: ["screen", "screen"], released: 1 });
});

test("where the camera has a light, it is turned on and off", async ({ page, signIn }) => {
  await stubCamera(page, { torch: true });
  await signIn("steward");
  await openGate(page);
  const torch = page.locator("#torch");
  await expect(torch).toBeHidden();
  await page.locator("#start").click();
  await expect(torch).toBeVisible();
  const lights = () => page.evaluate(() => window.seen.applied.flatMap(({ advanced }) => advanced ?? []).filter((wish) => "torch" in wish));
  expect(await lights()).toEqual([]);
  for (const [lit, all] of [["true", [{ torch: true }]], ["false", [{ torch: true }, { torch: false }]]] as const) {
    await torch.click();
    await expect(torch).toHaveAttribute("aria-pressed", lit);
    expect(await lights()).toEqual(all);
  }
});

test("where the camera has no light, none is offered", async ({ page, signIn }) => {
  await stubCamera(page, {});
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#stop")).toBeVisible();
  await expect(page.locator("#torch")).toBeHidden();
});

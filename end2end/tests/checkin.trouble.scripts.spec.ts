import { type Page, type Route } from "@playwright/test";
import { expect, test } from "../fixtures";
import { register } from "../support/people";
import { codes, liveTracks, openGate, stubCamera, watchDecoder, wedge } from "../support/scanner";
import { pictureOf, secretAt } from "../support/things";

const SCANS = "**/api/checkin/scans";
/** A code of the right form that no ticket has. */
const UNKNOWN = "00000000";

/** Registers somebody and gives the ticket's picture and short code. */
async function ticket(page: Page): Promise<{ picture: Buffer; code: string }> {
  await register(page);
  const code = (await page.locator(".short-code").innerText()).replaceAll(/\s/g, "");
  return { picture: await pictureOf(page.request, secretAt(page)), code };
}

/** Types a code whatever covers the page: what the page asks by itself may be told first that the session has ended. */
async function typeBehind(page: Page, code: string): Promise<void> {
  await page.locator("#code").fill(code);
  await page.locator("#code-form").evaluate((form) => (form as HTMLFormElement).requestSubmit());
}

async function type(page: Page, code: string): Promise<void> {
  await page.locator("#code").fill(code);
  await page.locator("#code-form [type=submit]").click();
}

test("a decoder that hangs is started anew, and the code in view is read", async ({ page, signIn }) => {
  const { picture } = await ticket(page);
  await stubCamera(page, { sees: picture });
  await signIn("steward");
  let loads = 0;
  await page.route("**/pkg/decoder-worker.*.js", (route) => {
    loads += 1;
    return loads > 1 ? route.continue() : route.fulfill({ contentType: "text/javascript", body: "postMessage({ ready: true });" });
  });
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit", { timeout: 20_000 });
  expect(loads).toBeGreaterThan(1);
});

test("a decoder that stumbles over a picture is started anew, and the next picture is read", async ({ page, signIn }) => {
  const { picture } = await ticket(page);
  await stubCamera(page, { sees: picture });
  await signIn("steward");
  let loads = 0;
  await page.route("**/pkg/decoder-worker.*.js", async (route) => {
    const answer = await route.fetch();
    loads += 1;
    // The glue's `read` traps in the first worker.
    const body = (await answer.text()).replace("{ read }", "{ read as reads }");
    const traps = `const read = (...picture) => { if (${loads} === 1) throw new WebAssembly.RuntimeError("unreachable"); return reads(...picture); };`;
    await route.fulfill({ response: answer, body: `${body}\n${traps}` });
  });
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit", { timeout: 20_000 });
  expect(loads).toBeGreaterThan(1);
});

test("a browser's own decoder that never answers is given up", async ({ page, signIn }) => {
  const { picture } = await ticket(page);
  await stubCamera(page, { sees: picture });
  await page.addInitScript(() => {
    let asked = 0;
    const detector = class {
      detect(): Promise<unknown[]> {
        asked += 1;
        return asked === 1 ? Promise.resolve([{ rawValue: "NGAY-CDS" }]) : new Promise(() => {});
      }
    };
    Object.assign(window, { BarcodeDetector: detector });
  });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit", { timeout: 20_000 });
});

test("two taps on the camera's button are one camera, and turning it off leaves none on", async ({ page, signIn }) => {
  await stubCamera(page, {});
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await expect(page.locator("#stop")).toBeVisible();
  expect(await page.evaluate(() => window.seen.asked)).toBe(1);
  expect(await liveTracks(page)).toBe(1);
  await page.locator("#stop").click();
  expect(await liveTracks(page)).toBe(0);
});

test("a picture that does not play leaves no camera on, and the second attempt works", async ({ page, signIn }) => {
  await stubCamera(page, { failsToPlay: 1 });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#camera-problem")).not.toBeEmpty();
  expect(await liveTracks(page)).toBe(0);
  await page.locator("#start").click();
  await expect(page.locator("#stop")).toBeVisible();
  expect(await liveTracks(page)).toBe(1);
});

for (const { what, flaw } of [
  { what: "that shows nothing", flaw: "blank" },
  { what: "that freezes", flaw: "freezes" },
  { what: "that is muted", flaw: "muted" },
] as const) {
  test(`a camera ${what} is started anew by itself, and the code in view is read`, async ({ page, signIn }) => {
    const { picture } = await ticket(page);
    await stubCamera(page, { sees: picture, flaws: [flaw] });
    await signIn("steward");
    await openGate(page);
    await page.locator("#start").click();
    await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
    expect(await page.evaluate(() => window.seen.asked)).toBe(2);
    expect(await liveTracks(page)).toBe(1);
  });
}

test("a camera that freezes, and then shows nothing, is turned off with a word, and a tap starts it", async ({ page, signIn, accessible }) => {
  await stubCamera(page, { flaws: ["freezes", "blank"] });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect(page.locator("#camera-problem")).toHaveText(/^Máy ảnh không có hình/);
  expect(await page.evaluate(() => window.seen.asked)).toBe(2);
  expect(await liveTracks(page)).toBe(0);
  await accessible();
  await page.locator("#start").click();
  await expect(page.locator("#stop")).toBeVisible();
  await expect(page.locator("#camera-problem")).toBeEmpty();
  expect(await liveTracks(page)).toBe(1);
});

test("a camera that the system keeps muted is started anew once, and then waited for", async ({ page, signIn }) => {
  await stubCamera(page, { flaws: ["muted", "muted"] });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect.poll(() => page.evaluate(() => window.seen.asked)).toBe(2);
  // Longer than a camera may show nothing before it is given up.
  await page.waitForTimeout(8_000);
  expect(await page.evaluate(() => window.seen.asked)).toBe(2);
  expect(await liveTracks(page)).toBe(1);
  await expect(page.locator("#camera-problem")).toBeEmpty();
});

test("a camera that shows thirty frames a second is looked at every other frame", async ({ page, signIn }) => {
  await watchDecoder(page);
  await stubCamera(page, { rate: 30 });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await expect.poll(() => page.evaluate(() => window.looks.length)).toBeGreaterThan(40);
  // So many pauses of 60 milliseconds lie between these looks; one may be late and the next in time.
  const looks = await page.evaluate(() => window.looks);
  expect(looks[40]! - looks[0]!).toBeGreaterThan(39 * 60);
});

test("who goes back to the places while the browser asks for the camera gets none", async ({ page, signIn }) => {
  await stubCamera(page, { asks: true });
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  await page.locator("#menu summary").click();
  await page.locator("#change-place").click();
  await page.evaluate(() => window.permit());
  await expect.poll(() => page.evaluate(() => window.seen.tracks.length)).toBe(1);
  await expect.poll(() => liveTracks(page)).toBe(0);
  await expect(page.locator("#camera-state")).not.toHaveText("bật");
});

test("a scan that the server does not take holds up no other, and stays in sight", async ({ page, signIn }) => {
  const { code } = await ticket(page);
  let mode: "away" | "back" = "away";
  const taken: string[][] = [];
  await page.route(SCANS, (route) => {
    if (mode === "away") return route.abort();
    const sent = codes(route.request());
    // As a server that cannot read one of them.
    if (sent.includes(UNKNOWN)) return route.fulfill({ status: 422, json: { error: "no scan request" } });
    taken.push(sent);
    return route.continue();
  });
  await signIn("steward");
  await openGate(page);
  await expect(page.locator("#list-state")).toContainText("thẻ");
  // Only the server can say what is not in the list.
  await type(page, UNKNOWN);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "kept");
  await page.locator("#go-on").click();
  await type(page, code);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#verdict")).toBeHidden();
  await expect(page.locator("#waiting")).toHaveText("2");
  mode = "back";
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 20_000 });
  expect(taken).toEqual([[code]]);
  await expect(page.locator("#refused")).toContainText("Không gửi được (1)");
  await expect(page.locator("#refused")).toContainText(UNKNOWN);
});

test("a code that is read while another is being checked is taken next", async ({ page, signIn }) => {
  const [first, second] = [(await ticket(page)).code, (await ticket(page)).code];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const sent: string[] = [];
  await page.route(SCANS, async (route: Route) => {
    sent.push(...codes(route.request()));
    await released;
    await route.continue();
  });
  // Without a list the phone cannot answer before the server does.
  await page.route("**/api/checkin/roster", (route) => route.abort());
  await signIn("steward");
  await openGate(page);
  await wedge(page, first);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "checking");
  await wedge(page, second);
  release();
  await expect.poll(() => sent).toEqual([first, second]);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
});

test("a browser that keeps nothing says so, and asks before a page with an unsent scan is left", async ({ page, signIn }) => {
  await page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await page.route(SCANS, () => {});
  await signIn("steward");
  await openGate(page);
  const leaving = () =>
    page.evaluate(() => {
      const event = document.createEvent("BeforeUnloadEvent") as BeforeUnloadEvent;
      event.initEvent("beforeunload", false, true);
      dispatchEvent(event);
      return { prevented: event.defaultPrevented, value: event.returnValue };
    });
  await expect(page.locator("#not-kept")).toContainText("không lưu được lượt quét");
  expect(await leaving()).toEqual({ prevented: false, value: "" });
  // Still on its first way.
  await type(page, UNKNOWN);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "checking");
  const { prevented, value } = await leaving();
  expect(prevented).toBe(true);
  // Browsers before 2023 look at this alone.
  expect(value).not.toBe("");
});

test("no tone waits for a loudspeaker that is away", async ({ page, signIn }) => {
  await page.addInitScript(() => {
    const made = { tones: 0, state: "interrupted" };
    Object.assign(window, { made });
    Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => made.state });
    const create = BaseAudioContext.prototype.createOscillator;
    BaseAudioContext.prototype.createOscillator = function () {
      made.tones += 1;
      return create.call(this);
    };
  });
  await signIn("steward");
  await openGate(page);
  const tones = () => page.evaluate(() => (window as unknown as { made: { tones: number } }).made.tones);
  await type(page, UNKNOWN);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "not_a_ticket");
  expect(await tones()).toBe(0);
  await page.locator("#go-on").click();
  await page.evaluate(() => ((window as unknown as { made: { state: string } }).made.state = "running"));
  await type(page, UNKNOWN);
  await expect.poll(tones).toBeGreaterThan(0);
});

test("that the session has ended is said once, and again only after it has been mended", async ({ page, signIn }) => {
  let out = false;
  const refuse = (route: Route) => (out ? route.fulfill({ status: 401, json: { error: "sign in" } }) : route.continue());
  await page.route("**/api/checkin/**", refuse);
  await signIn("steward");
  await openGate(page);
  const verdict = page.locator("#verdict");
  await expect(page.locator("#list-state")).toContainText("thẻ");
  out = true;
  await typeBehind(page, UNKNOWN);
  await expect(verdict).toHaveAttribute("data-kind", "signed_out");
  await page.locator("#go-on").click();
  await expect(verdict).toBeHidden();
  const repeated = page.waitForResponse(SCANS);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  expect((await repeated).status()).toBe(401);
  await page.waitForTimeout(500);
  await expect(verdict).toBeHidden();
  out = false;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.locator("#waiting")).toHaveText("0");
  out = true;
  await typeBehind(page, UNKNOWN);
  await expect(verdict).toHaveAttribute("data-kind", "signed_out");
});

/** A browser's own decoder that reads this in the test picture, and that in every picture after it. */
async function nativeDecoder(page: Page, proof: string, later: string | undefined): Promise<{ asked: () => Promise<number> }> {
  await page.addInitScript(
    ([proof, later]) => {
      const detector = class {
        static asked = 0;
        detect(): Promise<unknown[]> {
          detector.asked += 1;
          const text = detector.asked === 1 ? proof : later;
          return Promise.resolve(text ? [{ rawValue: text }] : []);
        }
      };
      Object.assign(window, { BarcodeDetector: detector });
    },
    [proof, later] as const,
  );
  return { asked: () => page.evaluate(() => (window as unknown as { BarcodeDetector: { asked: number } }).BarcodeDetector.asked) };
}

for (const { what, proof, later, asked } of [
  { what: "that misreads the test picture is not asked again", proof: "NGAY-CD5", later: "NGAY-CD5", asked: false },
  { what: "that finds nothing after the test picture holds up no code", proof: "NGAY-CDS", later: undefined, asked: true },
]) {
  test(`a browser's own decoder ${what}`, async ({ page, signIn }) => {
    const { picture } = await ticket(page);
    await stubCamera(page, { sees: picture });
    const decoder = await nativeDecoder(page, proof, later);
    await signIn("steward");
    await openGate(page);
    await page.locator("#start").click();
    await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit", { timeout: 20_000 });
    expect((await decoder.asked()) > 1).toBe(asked);
  });
}

test("a browser's own decoder that has gone silent is not asked any more once the other has read what it missed", async ({ page, signIn }) => {
  const { picture } = await ticket(page);
  await watchDecoder(page);
  await stubCamera(page, { sees: picture });
  const decoder = await nativeDecoder(page, "NGAY-CDS", undefined);
  await signIn("steward");
  await openGate(page);
  await page.locator("#start").click();
  // The code stays in view, behind the answer and after it.
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
  const looks = () => page.evaluate(() => window.looks.length);
  // It may miss eight.
  await expect.poll(looks).toBeGreaterThan(12);
  const [asked, looked] = [await decoder.asked(), await looks()];
  await expect.poll(looks).toBeGreaterThan(looked + 4);
  expect(await decoder.asked()).toBe(asked);
});

test("the browser is asked not to throw away what the phone keeps", async ({ page, signIn }) => {
  await page.addInitScript(() => {
    const asked = { times: 0 };
    Object.assign(window, { asked });
    StorageManager.prototype.persist = () => {
      asked.times += 1;
      return Promise.resolve(true);
    };
  });
  await signIn("steward");
  await openGate(page);
  expect(await page.evaluate(() => (window as unknown as { asked: { times: number } }).asked.times)).toBe(1);
});

import { expect, type BrowserContext, type Page, type Request } from "@playwright/test";
import { readCode } from "./codes";
import { submit } from "./people";

/** What a page with a stubbed camera tells of it. */
type Seen = {
  asked: number;
  wishes: MediaTrackConstraints[];
  tracks: MediaStreamTrack[];
  playing: boolean;
  /** What was asked of a track that has a light. */
  applied: MediaTrackConstraints[];
};

declare global {
  interface Window {
    seen: Seen;
    /** When a picture was given to the decoder, by the page's clock in milliseconds; from `watchDecoder` on. */
    looks: number[];
    /** Lets those go on who wait for the permission. */
    permit: () => void;
  }
}

type Lens = { deviceId: string; label: string };

/** What is wrong with a stream: no frame ever, frames that end, or black ones while the system has taken the camera away. */
type Flaw = "blank" | "freezes" | "muted";

type Stub = {
  /** A picture (PNG) that the camera sees. */
  sees?: Buffer;
  /** The permission is asked for, and `permit()` gives it. */
  asks?: boolean;
  /** The first so many times the picture does not play. */
  failsToPlay?: number;
  cameras?: Lens[];
  /** The first streams have these, and see no picture. */
  flaws?: Flaw[];
  /** Frames a second. */
  rate?: number;
  /** The camera has a light. */
  torch?: boolean;
};

/** Puts a camera into the page in place of the phone's. To be called before the page is opened. */
export async function stubCamera(page: Page, stub: Stub): Promise<void> {
  const { sees, asks = false, failsToPlay = 0, cameras = [], flaws = [], rate = 10, torch = false } = stub;
  const picture = sees ? `data:image/png;base64,${sees.toString("base64")}` : "";
  await page.addInitScript(
    ({ picture, asks, failsToPlay, cameras, flaws, rate, torch }) => {
      const seen: Seen = { asked: 0, wishes: [], tracks: [], playing: true, applied: [] };
      window.seen = seen;
      let permitted: () => void = () => {};
      const permission = new Promise<void>((resolve) => (permitted = resolve));
      window.permit = permitted;
      const image = new Image();
      if (picture) image.src = picture;
      const lenses = cameras.length > 0 ? cameras : [{ deviceId: "one", label: "camera 0, facing back" }];
      const devices = navigator.mediaDevices;
      devices.enumerateDevices = async () => lenses.map((lens) => ({ ...lens, kind: "videoinput", groupId: "" }) as MediaDeviceInfo);
      devices.getUserMedia = async (constraints) => {
        seen.asked += 1;
        const wish = typeof constraints?.video === "object" ? constraints.video : {};
        seen.wishes.push(wish);
        if (asks) await permission;
        const exact = (wish.deviceId as ConstrainDOMStringParameters | undefined)?.exact;
        const lens = exact ? lenses.find((lens) => lens.deviceId === exact) : lenses[0];
        if (!lens) throw new DOMException("no such camera", "OverconstrainedError");
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [640, 480];
        const pen = canvas.getContext("2d")!;
        const flaw = flaws[seen.tracks.length];
        const drawing = setInterval(() => {
          pen.fillStyle = "#888";
          pen.fillRect(0, 0, 640, 480);
          if (!flaw && image.complete && image.naturalWidth > 0) pen.drawImage(image, 120, 40, 400, 400);
        }, 1_000 / rate);
        if (flaw === "blank") clearInterval(drawing);
        if (flaw === "freezes") setTimeout(() => clearInterval(drawing), 1_000);
        const stream = canvas.captureStream(flaw === "blank" ? 0 : rate);
        for (const track of stream.getVideoTracks()) {
          track.getSettings = () => ({ deviceId: lens.deviceId });
          if (torch) {
            track.getCapabilities = () => ({ torch: true }) as MediaTrackCapabilities;
            track.applyConstraints = async (asked = {}) => void seen.applied.push(asked);
          }
          if (flaw === "muted") Object.defineProperty(track, "muted", { value: true });
          seen.tracks.push(track);
        }
        return stream;
      };
      const play = HTMLMediaElement.prototype.play;
      let fails = failsToPlay;
      HTMLMediaElement.prototype.play = function () {
        return fails-- > 0 ? Promise.reject(new DOMException("interrupted", "AbortError")) : play.call(this);
      };
    },
    { picture, asks, failsToPlay, cameras, flaws, rate, torch },
  );
}

/** Notes when the decoder gets a picture. To be called before the page is opened. */
export async function watchDecoder(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.looks = [];
    const post = Worker.prototype.postMessage as (...given: unknown[]) => void;
    Worker.prototype.postMessage = function (...given: unknown[]) {
      window.looks.push(performance.now());
      post.apply(this, given);
    };
  });
}

/** How many of the camera's streams are still live. */
export function liveTracks(page: Page): Promise<number> {
  return page.evaluate(() => window.seen.tracks.filter((track) => track.readyState === "live").length);
}

/** Opens the check-in page of a steward who has signed in, at the gate that is always open. */
export async function openGate(page: Page, place = "Cổng số 1"): Promise<void> {
  await page.goto("/diem-danh");
  await page.locator("li.card", { hasText: place }).locator("[data-place]").click();
  await expect(page.locator("#scan")).toBeVisible();
}

/** Waits until the page, the list and everything else that a start without network needs is on the phone. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("#list-state")).toContainText("thẻ");
  // It is drawn before it is kept. Where it goes on is kept with it.
  await expect.poll(() => inStore(page, "notes", "get", "cursor")).toBeDefined();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

/** What one of the phone's stores answers to a request, such as `get` of a key, once whatever it changes is written. */
export function inStore<Answer>(
  page: Page,
  store: "notes" | "pages" | "queue",
  method: "count" | "get" | "getAll" | "getAllKeys" | "put",
  ...given: unknown[]
): Promise<Answer> {
  return page.evaluate(
    ([store, method, given]) =>
      new Promise<Answer>((resolve, reject) => {
        const opening = indexedDB.open("checkin");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const work = database.transaction(store, method === "put" ? "readwrite" : "readonly");
          const ask = work.objectStore(store)[method] as (...given: unknown[]) => IDBRequest<Answer>;
          const asked = ask.apply(work.objectStore(store), given);
          work.onabort = () => reject(work.error);
          work.oncomplete = () => {
            database.close();
            resolve(asked.result);
          };
        };
      }),
    [store, method, given] as const,
  );
}

/**
 * Types as a code reader does: faster than any person, Enter at the end, or other keys. All keys are pressed before the first is
 * heard of, as by a reader, whose pace is its own when the page stands still.
 */
export async function wedge(page: Page, code: string, end: string[] = ["Enter"]): Promise<void> {
  await page.evaluate((pressed) => {
    const keys = pressed.map((key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    for (const key of keys) document.dispatchEvent(key);
  }, [...code, ...end]);
}

/** Leaves the last answer. Nothing on the page tells of it any more, so that the next one is not taken for it. */
export async function goOn(page: Page): Promise<void> {
  await page.evaluate(() => document.getElementById("go-on")!.click());
  await expect(page.locator("#verdict")).toBeHidden();
  await page.evaluate(() => document.getElementById("verdict")!.removeAttribute("data-kind"));
}

/** Holds a code up, after `goOn`, and gives back what the screen says of it; also where that has gone by itself by now. */
export async function heldUp(page: Page, code: string): Promise<string> {
  const verdict = page.locator("#verdict");
  await wedge(page, code);
  await expect(verdict).toHaveAttribute("data-kind", /^(?!checking$)./);
  return (await verdict.getAttribute("data-kind"))!;
}

/**
 * Lets this browser's scans be held back later, while everything else gets through. By the page itself: where requests are looked at
 * from outside, Chromium now and then never finishes a page that a service worker opens.
 */
export async function prepareHolding(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const ask = window.fetch.bind(window);
    window.fetch = (asked, given) => {
      const address = asked instanceof Request ? asked.url : String(asked);
      const isHeld = localStorage.getItem("held") !== null && address.includes("/api/checkin/scans");
      return isHeld ? Promise.reject(new TypeError("held back")) : ask(asked, given);
    };
  });
}

/** Holds scans back from now on, or no more. */
export async function holdScans(page: Page, held: boolean): Promise<void> {
  await page.evaluate((held) => (held ? localStorage.setItem("held", "") : localStorage.removeItem("held")), held);
}

/** The codes in a request of scans. */
export function codes(request: Request): string[] {
  return (request.postDataJSON() as { scans: { code: string }[] }).scans.map((scan) => scan.code);
}

/** Pairs a phone by the code on the desk's screen, opens the gate, and waits until it needs no network. */
export async function pair(desk: Page, context: BrowserContext, name: string, place?: string): Promise<Page> {
  await desk.goto("/ban-to-chuc/may-quet");
  await desk.locator("[name=name]").fill(name);
  await submit(desk, "main form.form [type=submit]");
  const address = readCode(await desk.locator(".pairing svg").first().screenshot({ scale: "device" }))!;
  const phone = await context.newPage();
  await phone.goto(address);
  await submit(phone, "main form [type=submit]");
  await openGate(phone, place);
  await settled(phone);
  return phone;
}

/** The kinds of the facts that the phone keeps, oldest first. */
export async function keptFacts(page: Page): Promise<string[]> {
  const facts = await inStore<string[]>(page, "queue", "getAll");
  return facts.map((text) => Object.keys((JSON.parse(text) as { fact: object }).fact)[0]!);
}

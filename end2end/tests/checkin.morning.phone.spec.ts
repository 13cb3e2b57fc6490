import { request, type APIRequestContext, type BrowserContext, type Page, type Request } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { fakeCamera, phoneWithCamera } from "../support/camera";
import { change, ownDatabase, rows } from "../support/database";
import { submit } from "../support/people";
import { Program } from "../support/program";
import { goOn, heldUp, pair } from "../support/scanner";
import { codeOf, pictureOf, ticketOf } from "../support/things";

/** Scans of the morning, and the people who come. */
const SCANS = 300;
const GUESTS = 40;
/** The phones, and the gates of one entrance that they stand at. */
const PHONES = [["Máy A", "Cổng số 1"], ["Máy B", "Cổng số 1"], ["Máy C", "Cổng số 2"]] as const;

/**
 * How far a corrected time may be from the true one, in milliseconds: phones measure their clocks within 1.5 s, and the test itself
 * notes when it scans.
 */
const TOLERANCE = 2_000;

/** A code that is held up again before its answer was gone for so long was read once, in milliseconds. */
const MUTED = 3_100;

type Guest = { link: string; code: string; short: string };
type Phone = { name: string; context: BrowserContext; page: Page; shown?: string; gone: Map<string, number> };
/** What a phone has done, as its screen said it, between these two times of the test's own clock. */
type Done = { phone: string; short: string; kind: string; from: number; until: number };
/** A scan as the server has stored it. */
type Fact = {
  id: string;
  /** In milliseconds since 1970: corrected, and as the phone's clock says. */
  at: number;
  device_at: number;
  source: string;
  phone: string;
  short: string;
  verdict: string;
  shown: string;
  undone: boolean;
  admission: boolean;
  conflict: string | null;
};

test("a whole morning: three phones at two gates, no network, no server, restarts, and every scan counts exactly once", async ({ browser }, { project }) => {
  test.setTimeout(600_000);
  const database = ownDatabase("morning");
  const program = await Program.start({ DATABASE_URL: database });
  const phones: Phone[] = [];
  const folder = mkdtempSync(join(tmpdir(), "phones-"));
  /** What the phones have asked and has no answer. */
  const asked = new Set<Request>();
  try {
    // Its hours are those of the day.
    change(database, "update checkpoints set opens_at = null, closes_at = null where code = 'cong-2'");
    const visitor = await request.newContext({ baseURL: program.base });
    const guests: Guest[] = [];
    for (let number = 0; number < GUESTS; number++) guests.push(await guest(visitor, program.base));
    const desk = await (await browser.newContext({ baseURL: program.base })).newPage();
    desk.setDefaultTimeout(20_000);
    await signInByForm(desk, "organiser", program.signIns());
    // Each phone is a browser of its own, whose camera sees one of the first guests, and which can be ended.
    const cameras: string[] = [];
    for (const { link } of guests.slice(0, PHONES.length)) cameras.push(fakeCamera(await pictureOf(visitor, link)));
    const open = (number: number) => phoneWithCamera(cameras[number]!, join(folder, String(number)), { ...project.use, baseURL: program.base });
    for (const [number, [name, gate]] of PHONES.entries()) {
      const context = await open(number);
      const page = await pair(desk, context, name, gate);
      page.on("request", (asking) => asked.add(asking));
      page.on("requestfinished", (asking) => asked.delete(asking));
      page.on("requestfailed", (asking) => asked.delete(asking));
      phones.push({ name, context, page, gone: new Map() });
    }
    const [a, b, c] = phones as [Phone, Phone, Phone];
    const done: Done[] = [];
    const scan = async (phone: Phone, { code, short }: Guest) => {
      await next(phone);
      const since = Date.now() - (phone.gone.get(code) ?? 0);
      if (since < MUTED) await phone.page.waitForTimeout(MUTED - since);
      const from = Date.now();
      const kind = await heldUp(phone.page, code);
      done.push({ phone: phone.name, short, kind, from, until: Date.now() });
      phone.shown = code;
    };
    /** The phone scans the guest whom its camera sees. */
    const look = async (phone: Phone, kind: string) => {
      await next(phone);
      const { code, short } = guests[phones.indexOf(phone)]!;
      const from = Date.now();
      await phone.page.locator("#start").click();
      await expect(phone.page.locator("#verdict")).toHaveAttribute("data-kind", kind, { timeout: 40_000 });
      const until = Date.now();
      // Before it comes into sight again; the answer lies over the button.
      await phone.page.evaluate(() => document.getElementById("stop")!.click());
      await expect(phone.page.locator("#camera-state")).toHaveText("tắt");
      done.push({ phone: phone.name, short, kind, from, until });
      phone.shown = code;
    };

    // The gates open, with a network: whoever comes twice is told where the first time was.
    await look(a, "admit");
    for (const guest of guests.slice(1, 10)) await scan(a, guest);
    // The others have heard of them when they have asked once more, whatever was on its way.
    for (const { page } of [b, c]) for (let asked = 0; asked < 2; asked++) await page.waitForRequest("**/api/checkin/roster");
    for (const guest of guests.slice(5, 10)) await scan(b, guest);
    for (const guest of guests.slice(0, 5)) await scan(c, guest);
    expect(done.map(({ kind }) => kind)).toEqual([...Array<string>(10).fill("admit"), ...Array<string>(10).fill("already_in")]);
    for (const { page } of [b, c]) await expect(page.locator("#verdict-reason")).toContainText(new RegExp(`Đã vào Cổng số 1.* do ${a.name} quét`));
    for (const phone of phones) await sent(phone);

    // The network goes. What is decided now, the phones cannot know.
    for (const { context } of phones) await context.setOffline(true);
    // What was on its way may still tell them.
    await expect.poll(() => [...asked].filter((asking) => asking.url().endsWith("/roster")).length).toBe(0);
    const [cancelled, reissued, mistaken] = [guests[GUESTS - 1]!, guests[GUESTS - 2]!, guests[GUESTS - 3]!];
    const given = await visitor.post(`/ve/${cancelled.link}/huy`, { headers: { Origin: program.base }, maxRedirects: 0 });
    expect(given.status()).toBe(303);
    await reissue(desk, reissued);
    // The old code is held up all the same; the store knows the ticket by its new short code.
    [{ short: reissued.short }] = rows<{ short: string }>(database, "select short_code as short from tickets where reissue > 0") as [{ short: string }];
    const crowd = guests.slice(0, GUESTS - 3);
    let number = 0;
    const anybody = () => crowd[(number++ * 7) % crowd.length]!;
    const turn = () => phones[Math.floor(number / crowd.length + number) % phones.length]!;
    while (done.length < 140) await scan(turn(), anybody());
    await scan(a, cancelled);
    await scan(b, reissued);
    await scan(c, mistaken);
    await c.page.locator("#scans [data-undoes]").first().click();
    await expect(c.page.locator("#scans li").first()).toHaveAttribute("data-kind", "undone");

    // One phone is switched off and on, in the middle of it; then it scans by its camera.
    const waiting = await b.page.locator("#waiting").innerText();
    await b.context.close();
    b.context = await open(PHONES.findIndex(([name]) => name === b.name));
    await b.context.setOffline(true);
    b.page = b.context.pages()[0] ?? (await b.context.newPage());
    await b.page.goto("/diem-danh");
    await expect(b.page.locator("#scan")).toBeVisible();
    await expect(b.page.locator("#waiting")).toHaveText(waiting);
    await look(b, "already_in");
    while (done.length < 200) await scan(turn(), anybody());

    // The network is back, and the server is not.
    await program.halt();
    for (const { context } of phones) await context.setOffline(false);
    await look(c, "already_in");
    while (done.length < 280) await scan(turn(), anybody());
    await program.resume();
    for (const phone of phones) await sent(phone);
    while (done.length < SCANS) await scan(turn(), anybody());
    for (const phone of phones) await sent(phone);

    // Every one was a ticket.
    expect(done.map(({ kind }) => kind)).not.toContain("not_a_ticket");
    const facts = stored(database);
    expect(facts).toHaveLength(SCANS);
    expect(new Set(facts.map(({ id }) => id)).size).toBe(SCANS);
    // Each phone's are what it did, in that order, and at the time by the test's own clock.
    for (const { name } of phones) {
      const own = facts.filter(({ phone }) => phone === name).sort((one, other) => one.device_at - other.device_at);
      const did = done.filter(({ phone }) => phone === name);
      expect(own.map(({ short }) => short)).toEqual(did.map(({ short }) => short));
      const off = own.map(({ at }, number) => Math.max(did[number]!.from - at, at - did[number]!.until));
      expect(off.filter((millis) => millis > TOLERANCE), `${name}: so many milliseconds wrong`).toEqual([]);
    }
    expect(facts.filter(({ source }) => source === "camera")).toHaveLength(PHONES.length);
    // Of those that let somebody in, the earliest is the admission (they stand in their order); the others are conflicts.
    const letsIn = ({ shown }: { shown: string }) => shown.startsWith("admit");
    const stopped = new Set([cancelled.short, reissued.short]);
    const entered = new Set<string>();
    const expected = facts.map((fact) => {
      const { short } = fact;
      if (!letsIn(fact) || fact.undone) return { ...fact, admission: false, conflict: null };
      if (stopped.has(short)) return { ...fact, admission: false, conflict: "entered_against_rule" };
      const first = !entered.has(short);
      entered.add(short);
      return { ...fact, admission: first, conflict: first ? null : "entered_twice" };
    });
    expect(facts).toEqual(expected);
    expect(entered.size).toBe(crowd.length);
    expect(facts.filter(({ conflict }) => conflict === "entered_against_rule")).toHaveLength(2);
    expect(facts.filter(({ undone }) => undone).map(({ short }) => short)).toEqual([mistaken.short]);
    expect(facts.filter(({ conflict }) => conflict === "entered_twice").length).toBeGreaterThan(0);

    await desk.goto("/ban-to-chuc/truc-tiep");
    await expect(desk.locator("[data-live=arrived]")).toHaveText(String(crowd.length));
  } finally {
    for (const { context } of phones) await context.close();
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function guest(visitor: APIRequestContext, origin: string): Promise<Guest> {
  const link = await ticketOf(visitor, "Nguyễn Văn Khách", origin);
  const code = await codeOf(visitor, link);
  const [, short] = /class="short-code[^>]*>([^<]+)</.exec(await (await visitor.get(`/ve/${link}`)).text())!;
  return { link, code, short: short!.replace(/[^0-9A-Z]/g, "") };
}

/** Gives out the person's ticket anew; the old code stops. */
async function reissue(desk: Page, { short }: Guest): Promise<void> {
  await desk.goto(`/ban-to-chuc/nguoi-dang-ky?tim=${short}`);
  await desk.locator('main a[href*="/nguoi-dang-ky/"]', { hasText: "Nguyễn Văn Khách" }).first().click();
  const form = desk.locator('form[action$="/cap-lai"]');
  await desk.locator("details", { has: form }).locator("summary").click();
  expect((await submit(desk, 'form[action$="/cap-lai"] [type=submit]')).status()).toBe(303);
}

/** Leaves the last answer, and notes since when its code is out of sight. */
async function next(phone: Phone): Promise<void> {
  await goOn(phone.page);
  if (phone.shown) phone.gone.set(phone.shown, Date.now());
}

/** Waits until a phone has nothing more to send. */
async function sent({ page }: Phone): Promise<void> {
  await expect(page.locator("#waiting")).toHaveText("0", { timeout: 60_000 });
}

/** All scans in the order of their corrected times. */
function stored(database: string): Fact[] {
  return rows<Fact>(database, `
    select s.id, extract(epoch from s.corrected_at) * 1000 as at, extract(epoch from s.device_at) * 1000 as device_at, s.source,
           d.name as phone, t.short_code as short, s.verdict, coalesce(s.local_verdict, s.verdict) as shown,
           exists (select from undos u where u.scan_id = s.id) as undone,
           exists (select from admissions a where a.scan_id = s.id) as admission,
           (select kind from conflicts c where c.scan_id = s.id) as conflict
    from scans s join devices d on d.id = s.device_id join tickets t on t.id = s.ticket_id
    order by s.corrected_at, s.id`);
}

import { request, type APIRequestContext, type BrowserContext, type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { holdTable, ownDatabase, rows } from "../support/database";
import { Program } from "../support/program";
import { holdScans, keptFacts, openGate, pair, prepareHolding, wedge } from "../support/scanner";
import { codeOf, ticketOf } from "../support/things";

const SCANS = "**/api/checkin/scans";

/** Reads a code and waits until the page is ready for the next. */
async function letIn(page: Page, code: string): Promise<void> {
  await wedge(page, code);
  await expect(page.locator("#verdict")).toHaveAttribute("data-kind", "admit");
  await expect(page.locator("#verdict")).toBeHidden();
}

/** Lets the page do nothing again and again, and hear nothing of the server that it has not asked. */
async function stopTimers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.setInterval = (() => 0) as unknown as typeof window.setInterval;
    const silent = class extends EventTarget {
      readyState = 0;
      close(): void {}
    };
    Object.assign(window, { EventSource: silent });
  });
}

/** As where another page comes before this one, or leaves it to be seen. */
async function show(page: Page, isShown: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, !isShown);
}

for (const { what, before, happens } of [
  {
    what: "the network is back",
    before: async () => {},
    happens: (page: Page) => page.evaluate(() => void dispatchEvent(new Event("online"))),
  },
  { what: "the page is looked at again", before: (page: Page) => show(page, false), happens: (page: Page) => show(page, true) },
]) {
  test(`what waits is sent as soon as ${what}, though no timer runs`, async ({ page, context, signIn, request, baseURL }) => {
    const guest = await codeOf(request, await ticketOf(request, "Nguyễn Văn Khách", baseURL!));
    await prepareHolding(context);
    await stopTimers(page);
    await signIn("steward");
    await openGate(page);
    await expect(page.locator("#list-state")).toContainText("thẻ");
    await holdScans(page, true);
    await letIn(page, guest);
    await expect(page.locator("#waiting")).toHaveText("1");
    await holdScans(page, false);
    await before(page);
    // By then a timer would have sent it.
    await page.waitForTimeout(4_000);
    await expect(page.locator("#waiting")).toHaveText("1");
    await happens(page);
    await expect(page.locator("#waiting")).toHaveText("0");
    expect(await keptFacts(page)).toEqual([]);
  });
}

type Guest = { link: string; code: string };

async function guests(visitor: APIRequestContext, origin: string, count: number): Promise<Guest[]> {
  const made: Guest[] = [];
  while (made.length < count) {
    const link = await ticketOf(visitor, "Nguyễn Văn Khách", origin);
    made.push({ link, code: await codeOf(visitor, link) });
  }
  return made;
}

/** The scans of a phone in the order in which it made them. */
function stored(database: string, phone: string): object[] {
  return rows(database, `
    select s.verdict, (select count(*)::int from undos u where u.scan_id = s.id) as undos,
           exists (select from admissions a where a.scan_id = s.id) as admits,
           (select array_agg(kind) from conflicts c where c.scan_id = s.id and settled_at is null) as conflicts
    from scans s join devices d on d.id = s.device_id where d.name = '${phone}' order by s.device_at`);
}

const kinds = (page: Page) => page.locator("#scans li").evaluateAll((scans) => scans.map((scan) => scan.getAttribute("data-kind")));

test("an answer that is lost on its way doubles nothing, and what is shown in the end is what was stored", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const database = ownDatabase("answers");
  const program = await Program.start({ DATABASE_URL: database });
  const contexts: BrowserContext[] = [];
  const opened = async () => {
    const context = await browser.newContext({ ...project.use, baseURL: program.base });
    contexts.push(context);
    return context;
  };
  try {
    const visitor = await request.newContext({ baseURL: program.base });
    const [first, second, mistaken] = (await guests(visitor, program.base, 3)) as [Guest, Guest, Guest];
    const desk = await (await opened()).newPage();
    await signInByForm(desk, "organiser", program.signIns());
    const [phone, other] = [await pair(desk, await opened(), "Máy A"), await pair(desk, await opened(), "Máy B")];
    await phone.context().setOffline(true);
    await letIn(other, second.code);
    await expect(other.locator("#waiting")).toHaveText("0");
    // The phone cannot know that the other one was first.
    for (const { code } of [first, second, mistaken]) await letIn(phone, code);
    await phone.locator("#scans [data-undoes]").first().click();
    await expect(phone.locator("#waiting")).toHaveText("4");

    const verdicts: Record<string, string[]> = {};
    let isLost = true;
    await phone.route(SCANS, async (route) => {
      const answer = await route.fetch();
      const { results } = (await answer.json()) as { results: { scan_id: string; verdict: object }[] };
      for (const { scan_id, verdict } of results) (verdicts[scan_id] ??= []).push(JSON.stringify(verdict));
      await (isLost ? route.abort() : route.fulfill({ response: answer }));
    });
    await phone.context().setOffline(false);
    const times = () => Math.min(...[0, 0, 0].map((none, number) => Object.values(verdicts)[number]?.length ?? none));
    // It sends them again of its own accord.
    await expect.poll(times, { timeout: 40_000 }).toBeGreaterThanOrEqual(2);
    await expect(phone.locator("#waiting")).toHaveText("4");
    expect(await kinds(phone)).toEqual(["undone", "admit", "admit"]);
    // By now the first would be turned away.
    const given = await visitor.post(`/ve/${first.link}/huy`, { headers: { Origin: program.base }, maxRedirects: 0 });
    expect(given.status()).toBe(303);

    isLost = false;
    await expect(phone.locator("#waiting")).toHaveText("0", { timeout: 40_000 });
    await expect(phone.locator("#verdict")).toHaveAttribute("data-kind", "already_in");
    expect(await kinds(phone)).toEqual(["undone", "already_in", "admit"]);
    expect(await keptFacts(phone)).toEqual([]);
    expect(Object.values(verdicts).map((all) => new Set(all).size)).toEqual([1, 1, 1]);
    expect(stored(database, "Máy A")).toEqual([
      { verdict: "admit", undos: 0, admits: true, conflicts: null },
      { verdict: "already_in", undos: 0, admits: false, conflicts: ["entered_twice"] },
      { verdict: "admit", undos: 1, admits: false, conflicts: null },
    ]);
    expect(stored(database, "Máy B")).toEqual([{ verdict: "admit", undos: 0, admits: true, conflicts: null }]);
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

test("a server that is killed in the middle of what a phone sends has all of it once when it is back", async ({ browser }, { project }) => {
  test.setTimeout(240_000);
  const database = ownDatabase("killed");
  const program = await Program.start({ DATABASE_URL: database });
  const contexts: BrowserContext[] = [];
  try {
    const visitor = await request.newContext({ baseURL: program.base });
    const all = await guests(visitor, program.base, 4);
    const desk = await (await browser.newContext({ baseURL: program.base })).newPage();
    contexts.push(desk.context());
    await signInByForm(desk, "organiser", program.signIns());
    const context = await browser.newContext({ ...project.use, baseURL: program.base });
    contexts.push(context);
    const phone = await pair(desk, context, "Máy A");
    await context.setOffline(true);
    for (const { code } of all) await letIn(phone, code);
    await phone.locator("#scans [data-undoes]").first().click();
    await expect(phone.locator("#waiting")).toHaveText("5");

    // The scans are stored; that one was a mistake waits for its table.
    const letGo = await holdTable(database, "undos");
    await context.setOffline(false);
    const locked = "select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await expect.poll(() => rows(database, locked), { timeout: 40_000 }).toEqual([{ count: 1 }]);
    await program.halt("SIGKILL");
    await letGo();
    const admitted = { verdict: "admit", undos: 0, admits: true, conflicts: null };
    await expect.poll(() => rows(database, locked)).toEqual([{ count: 0 }]);
    expect(stored(database, "Máy A")).toEqual([admitted, admitted, admitted, admitted]);
    // A scan whose turn came before the others' may have its answer.
    expect((await keptFacts(phone)).at(-1)).toBe("undo");

    await program.resume();
    await expect(phone.locator("#waiting")).toHaveText("0", { timeout: 60_000 });
    expect(await keptFacts(phone)).toEqual([]);
    expect(stored(database, "Máy A")).toEqual([admitted, admitted, admitted, { ...admitted, undos: 1, admits: false }]);
    expect(await kinds(phone)).toEqual(["undone", "admit", "admit", "admit"]);
  } finally {
    for (const context of contexts) await context.close();
    await program.stop();
  }
});

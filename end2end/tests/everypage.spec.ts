import type { Page } from "@playwright/test";
import { expect, fitsTheScreen, test } from "../fixtures";
import type { Role } from "../support/accounts";
import { canBeHitWithAThumb, fitsWithLargestLetters, hasASkeleton } from "../support/look";
import type { Things } from "../support/things";

type Row = {
  /** Vietnamese and English address. */
  at: (things: Things) => readonly [string, string];
  as?: Role;
  /** What is opened before the page. */
  before?: (page: Page, things: Things) => Promise<unknown>;
  /** What has to be done on the page first, before it is looked at. */
  first?: (page: Page) => Promise<void>;
  frame?: "scanner";
};

/** Every page in every state that has a look of its own. */
const PAGES: Record<string, Row> = {
  home: { at: () => ["/", "/en"] },
  programme: { at: () => ["/chuong-trinh", "/en/programme"] },
  "programme of one day": { at: () => ["/chuong-trinh?ngay=2027-10-10", "/en/programme?ngay=2027-10-10"] },
  session: { at: ({ session }) => [`/chuong-trinh/${session}`, `/en/programme/${session}`] },
  "registration, choice": { at: () => ["/dang-ky", "/en/register"] },
  "registration, citizen": { at: () => ["/dang-ky?doi-tuong=nguoi-dan", "/en/register?doi-tuong=nguoi-dan"] },
  "registration, business": { at: () => ["/dang-ky?doi-tuong=doanh-nghiep", "/en/register?doi-tuong=doanh-nghiep"] },
  "registration, official": { at: () => ["/dang-ky?doi-tuong=can-bo", "/en/register?doi-tuong=can-bo"] },
  "delegation, people": { at: () => ["/dang-ky/doan?doi-tuong=doanh-nghiep", "/en/register/group?doi-tuong=doanh-nghiep"] },
  "delegation, school": { at: () => ["/dang-ky/doan?doi-tuong=nguoi-dan&doan=school", "/en/register/group?doi-tuong=nguoi-dan&doan=school"] },
  "delegation, leader": { at: ({ delegation }) => [`/doan/${delegation}`, `/en/group/${delegation}`] },
  "delegation, exchange": {
    at: ({ delegation, member }) => [`/doan/${delegation}?nguoi=${member}`, `/en/group/${delegation}?nguoi=${member}`],
  },
  ticket: { at: ({ ticket }) => [`/ve/${ticket}`, `/en/ticket/${ticket}`] },
  "ticket, cancelled": { at: ({ cancelled }) => [`/ve/${cancelled}`, `/en/ticket/${cancelled}`] },
  "ticket, changing": { at: ({ ticket }) => [`/ve/${ticket}/sua`, `/en/ticket/${ticket}/change`] },
  "registration, invitation": {
    at: () => ["/dang-ky?ma-moi=AAAA-AAAA-AAAA", "/en/register?ma-moi=AAAA-AAAA-AAAA"],
    first: (page) => page.locator(".invitation summary").click(),
  },
  "lost ticket": { at: () => ["/tim-ve", "/en/find-ticket"] },
  "lost ticket, sent": { at: () => ["/tim-ve?da-gui=1", "/en/find-ticket?da-gui=1"] },
  "behind the code": { at: ({ code }) => [`/T/${code}`, `/en/T/${code}`] },
  "behind the code, cancelled": { at: ({ cancelledCode }) => [`/T/${cancelledCode}`, `/en/T/${cancelledCode}`] },
  "behind the code, steward": { as: "steward", at: ({ code }) => [`/T/${code}`, `/en/T/${code}`] },
  "behind a booth's poster": { at: ({ booth }) => [`/TEM/${booth}`, `/en/TEM/${booth}`] },
  "behind a booth's poster, own ticket": {
    at: ({ booth }) => [`/TEM/${booth}`, `/en/TEM/${booth}`],
    before: (page, { ticket }) => page.goto(`/ve/${ticket}`),
  },
  "behind a booth's poster, no network": { at: () => ["/TEM/khung", "/en/TEM/shell"] },
  raffle: { at: ({ raffle }) => [`/quay-thuong/${raffle}`, `/en/raffle/${raffle}`] },
  gallery: { at: () => ["/mo-hinh", "/en/models"] },
  "gallery, nothing chosen": {
    at: () => ["/mo-hinh?tru-cot=xa-hoi-so&linh-vuc=nong-nghiep", "/en/models?tru-cot=xa-hoi-so&linh-vuc=nong-nghiep"],
  },
  model: { at: ({ model }) => [`/mo-hinh/${model}`, `/en/models/${model}`] },
  privacy: { at: () => ["/quyen-rieng-tu", "/en/privacy"] },
  "server certificate": { at: () => ["/chung-thu-may-chu", "/en/server-certificate"] },
  "your rights": { at: ({ ticket }) => [`/ve/${ticket}/quyen`, `/en/ticket/${ticket}/rights`] },
  "your rights, writing": {
    at: ({ ticket }) => [`/ve/${ticket}/quyen`, `/en/ticket/${ticket}/rights`],
    first: (page) => page.locator("#yeu-cau summary").click(),
  },
  "your rights, erasing": {
    at: ({ ticket }) => [`/ve/${ticket}/quyen`, `/en/ticket/${ticket}/rights`],
    first: (page) => page.locator("#xoa summary").click(),
  },
  "a leader's rights": { at: ({ delegation }) => [`/doan/${delegation}/quyen`, `/en/group/${delegation}/rights`] },
  "erased": { at: () => ["/quyen-rieng-tu/da-xoa", "/en/privacy/erased"] },
  "requests about personal data": { as: "organiser", at: () => ["/ban-to-chuc/quyen", "/en/organisers/rights"] },
  "a request about personal data": {
    as: "organiser",
    at: ({ privacyRequest }) => [`/ban-to-chuc/quyen/${privacyRequest}`, `/en/organisers/rights/${privacyRequest}`],
  },
  "sign-in": { at: () => ["/dang-nhap", "/en/sign-in"] },
  account: { as: "judge", at: () => ["/dang-nhap", "/en/sign-in"] },
  "organisers' desk": { as: "organiser", at: () => ["/ban-to-chuc", "/en/organisers"] },
  "review, submitted": {
    as: "organiser",
    at: ({ dossiers }) => [`/ban-to-chuc/ho-so/${dossiers.submitted}`, `/en/organisers/dossiers/${dossiers.submitted}`],
  },
  "review, returned": {
    as: "organiser",
    at: ({ dossiers }) => [`/ban-to-chuc/ho-so/${dossiers.returned}`, `/en/organisers/dossiers/${dossiers.returned}`],
  },
  "review, published": {
    as: "organiser",
    at: ({ dossiers }) => [`/ban-to-chuc/ho-so/${dossiers.published}`, `/en/organisers/dossiers/${dossiers.published}`],
  },
  "live board": { as: "organiser", at: () => ["/ban-to-chuc/truc-tiep", "/en/organisers/live"] },
  "live board, an organisation": {
    as: "organiser",
    at: () => ["/ban-to-chuc/truc-tiep?don-vi=so", "/en/organisers/live?don-vi=so"],
    first: (page) => page.locator(".chart summary").first().click(),
  },
  "live board, too few letters": { as: "organiser", at: () => ["/ban-to-chuc/truc-tiep?don-vi=a", "/en/organisers/live?don-vi=a"] },
  "big screen": { as: "organiser", frame: "scanner", at: () => ["/ban-to-chuc/truc-tiep/man-hinh", "/en/organisers/live/screen"] },
  "live board, supervisor": { as: "supervisor", at: () => ["/ban-to-chuc/truc-tiep", "/en/organisers/live"] },
  "people, supervisor": { as: "supervisor", at: () => ["/ban-to-chuc/nguoi-dang-ky?tim=hanh", "/en/organisers/people?tim=hanh"] },
  "person, supervisor": {
    as: "supervisor",
    at: ({ person }) => [`/ban-to-chuc/nguoi-dang-ky/${person}`, `/en/organisers/people/${person}`],
  },
  "who is inside": { as: "supervisor", at: () => ["/ban-to-chuc/dang-o-trong", "/en/organisers/inside"] },
  conflicts: { as: "supervisor", at: () => ["/ban-to-chuc/can-xem-lai", "/en/organisers/conflicts"] },
  people: { as: "organiser", at: () => ["/ban-to-chuc/nguoi-dang-ky", "/en/organisers/people"] },
  "people, found": { as: "organiser", at: () => ["/ban-to-chuc/nguoi-dang-ky?tim=hanh", "/en/organisers/people?tim=hanh"] },
  "people, nobody": { as: "organiser", at: () => ["/ban-to-chuc/nguoi-dang-ky?tim=khong-co-ai", "/en/organisers/people?tim=khong-co-ai"] },
  "people, too few letters": { as: "organiser", at: () => ["/ban-to-chuc/nguoi-dang-ky?tim=a", "/en/organisers/people?tim=a"] },
  person: { as: "organiser", at: ({ person }) => [`/ban-to-chuc/nguoi-dang-ky/${person}`, `/en/organisers/people/${person}`] },
  "person, changing": {
    as: "organiser",
    at: ({ other }) => [`/ban-to-chuc/nguoi-dang-ky/${other}/sua`, `/en/organisers/people/${other}/change`],
  },
  "person, cancelled, changing": {
    as: "organiser",
    at: ({ person }) => [`/ban-to-chuc/nguoi-dang-ky/${person}/sua`, `/en/organisers/people/${person}/change`],
  },
  "person, merging": {
    as: "organiser",
    at: ({ person, other }) => [
      `/ban-to-chuc/nguoi-dang-ky/${person}/gop?voi=${other}`,
      `/en/organisers/people/${person}/merge?voi=${other}`,
    ],
  },
  "the desk": { as: "steward", at: () => ["/ban-to-chuc/tai-quay", "/en/organisers/desk"] },
  "spare tickets": { as: "organiser", at: () => ["/ban-to-chuc/ve-du-phong", "/en/organisers/spare-tickets"] },
  badges: { as: "steward", at: () => ["/ban-to-chuc/the-deo", "/en/organisers/badges"] },
  "badge, one person": {
    as: "organiser",
    at: ({ person }) => [`/ban-to-chuc/the-deo?nguoi=${person}`, `/en/organisers/badges?nguoi=${person}`],
  },
  "import": { as: "organiser", at: () => ["/ban-to-chuc/nhap-danh-sach", "/en/organisers/import"] },
  "booths and raffles": { as: "organiser", at: () => ["/ban-to-chuc/dau-gian-hang", "/en/organisers/booths"] },
  "waiting lists": { as: "organiser", at: () => ["/ban-to-chuc/hang-cho", "/en/organisers/queues"] },
  "waiting list": { as: "organiser", at: ({ queue }) => [`/ban-to-chuc/hang-cho/${queue}`, `/en/organisers/queues/${queue}`] },
  invitations: { as: "organiser", at: () => ["/ban-to-chuc/ma-moi", "/en/organisers/invitations"] },
  phones: { as: "organiser", at: () => ["/ban-to-chuc/may-quet", "/en/organisers/phones"] },
  messages: { as: "organiser", at: () => ["/ban-to-chuc/tin-nhan", "/en/organisers/messages"] },
  "message template": { as: "organiser", at: () => ["/ban-to-chuc/tin-nhan/mau/ticket.vi", "/en/organisers/messages/texts/ticket.vi"] },
  mailing: { as: "organiser", at: () => ["/ban-to-chuc/tin-nhan/gui", "/en/organisers/messages/mailing"] },
  "pairing, unknown code": { at: () => ["/ghep-may/khong-co", "/en/pair/khong-co"] },
  "department's desk": { as: "department", at: () => ["/don-vi", "/en/departments"] },
  "dossier, draft": {
    as: "department",
    at: ({ dossiers }) => [`/don-vi/ho-so/${dossiers.draft}`, `/en/departments/dossiers/${dossiers.draft}`],
  },
  "dossier, locked": {
    as: "department",
    at: ({ dossiers }) => [`/don-vi/ho-so/${dossiers.submitted}`, `/en/departments/dossiers/${dossiers.submitted}`],
  },
  "dossier, returned": {
    as: "department",
    at: ({ dossiers }) => [`/don-vi/ho-so/${dossiers.returned}`, `/en/departments/dossiers/${dossiers.returned}`],
  },
  "dossier, published": {
    as: "department",
    at: ({ dossiers }) => [`/don-vi/ho-so/${dossiers.published}`, `/en/departments/dossiers/${dossiers.published}`],
  },
  "council's desk": { as: "judge", at: () => ["/hoi-dong", "/en/council"] },
  reading: { as: "judge", at: ({ reading }) => [`/hoi-dong/ho-so/${reading}`, `/en/council/dossiers/${reading}`] },
  "check-in, choice of the place": { as: "steward", frame: "scanner", at: () => ["/diem-danh", "/en/check-in"] },
};

/** Axe is slow: it sees each page once in each width and once in each language, and its colours in the dark once. */
async function lookAt(language: "vi" | "en", width: string, accessible: (themes?: readonly ("light" | "dark")[]) => Promise<void>): Promise<void> {
  if (language === "vi" && width === "phone") await accessible();
  if (language === "en" && width === "desk") await accessible(["light"]);
}

/** The addresses that a project visits. English differs from Vietnamese with and without scripts alike: without, one is enough. */
function visited([vi, en]: readonly [string, string], project: string): (readonly ["vi" | "en", string])[] {
  return project.endsWith("without scripts") ? [["vi", vi]] : [["vi", vi], ["en", en]];
}

for (const [name, row] of Object.entries(PAGES)) {
  test(`${name}: whole, accessible, no wider than the screen`, async ({ page, things, signIn, accessible }, { project }) => {
    if (row.as) await signIn(row.as);
    await row.before?.(page, things);
    const addresses = row.at(things);
    for (const [language, address] of visited(addresses, project.name)) {
      const answer = await page.goto(address);
      expect(answer?.status(), address).toBe(200);
      expect(page.url().endsWith(address), `${address} leads to ${page.url()}`).toBe(true);
      await row.first?.(page);
      await hasASkeleton(page, language, row.frame);
      await fitsTheScreen(page);
      await fitsWithLargestLetters(page);
      await canBeHitWithAThumb(page);
      await lookAt(language, project.name, accessible);
      // The same page in the other language, query kept.
      const other = addresses[language === "vi" ? 1 : 0];
      const leads = row.frame ? other.split("?")[0]! : other;
      const switcher = page.locator("a[hreflang], button.language").first();
      // Where something is being typed, it is posted to be shown again there.
      const written = (await switcher.getAttribute("formaction")) !== null;
      await expect(switcher).toHaveAttribute(...((written ? ["formaction", `/tuy-chon?back=${encodeURIComponent(leads)}`] : ["href", leads]) as [string, string]));
    }
  });
}

/** Pages that say why there is nothing else: status, who asks, address in both languages, and how it is asked for. */
const TROUBLES: Record<string, { status: number; as?: Role; at: (things: Things) => readonly [string, string]; method?: string; body?: number }> = {
  "no such page": { status: 404, at: () => ["/khong-co", "/en/nowhere"] },
  "no such ticket": { status: 404, at: () => ["/ve/khong-co", "/en/ticket/nowhere"] },
  "no such delegation": { status: 404, at: () => ["/doan/khong-co", "/en/group/nowhere"] },
  "no such code": { status: 404, at: () => ["/T/ABC", "/en/T/ABC"] },
  "no such booth": { status: 404, at: () => ["/TEM/ABC", "/en/TEM/ABC"] },
  "no such raffle": { status: 404, at: () => ["/quay-thuong/khong-co", "/en/raffle/nowhere"] },
  "no such certificate": { status: 404, at: () => ["/xac-nhan/AAAA", "/en/verify/AAAA"] },
  "the big screen, for a judge": { status: 403, as: "judge", at: () => ["/ban-to-chuc/truc-tiep/man-hinh", "/en/organisers/live/screen"] },
  "no such session": { status: 404, at: () => ["/chuong-trinh/khong-co", "/en/programme/nowhere"] },
  "no such model": { status: 404, at: () => ["/mo-hinh/khong-co", "/en/models/nowhere"] },
  "a desk of others": { status: 403, as: "department", at: () => ["/ban-to-chuc", "/en/organisers"] },
  "the scanner, for a judge": { status: 403, as: "judge", at: () => ["/diem-danh", "/en/check-in"] },
  "somebody else's draft": {
    status: 404,
    as: "organiser",
    at: ({ dossiers }) => [`/ban-to-chuc/ho-so/${dossiers.draft}`, `/en/organisers/dossiers/${dossiers.draft}`],
  },
  "the address of a form": {
    status: 405,
    at: ({ ticket }) => [`/ve/${ticket}/huy`, `/en/ticket/${ticket}/cancel`],
  },
  "a forged link that ends reminders": { status: 404, at: () => ["/thoi-nhan-tin/AAAA", "/en/stop-reminders/AAAA"] },
  "a form on a page that has none": { status: 405, method: "post", at: () => ["/quyen-rieng-tu", "/en/privacy"] },
  "a form that is too large": { status: 413, method: "post", body: 200_000, at: () => ["/dang-nhap", "/en/sign-in"] },
};

for (const [name, { status, as, at, method, body = 1 }] of Object.entries(TROUBLES)) {
  test(`${name}: ${status}, and what to do`, async ({ page, things, signIn, accessible }, { project }) => {
    if (as) await signIn(as);
    const addresses = at(things);
    for (const [language, address] of visited(addresses, project.name)) {
      if (method === "post") {
        await page.goto(language === "vi" ? "/" : "/en");
        const answer = page.waitForResponse((response) => response.request().method() === "POST");
        await page.evaluate(
          ([address, body]) => {
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action: address });
            form.append(Object.assign(document.createElement("input"), { name: "email", value: "a".repeat(body) }));
            document.body.append(form);
            form.submit();
          },
          [address, body] as const,
        );
        expect((await answer).status(), address).toBe(status);
        await page.waitForURL(`**${address}`);
      } else {
        expect((await page.goto(address))?.status(), address).toBe(status);
      }
      await hasASkeleton(page, language);
      await expect(page.locator(".problem .lead")).toBeVisible();
      expect(await page.locator(".problem .link-list a").count()).toBe(5);
      await expect(page.locator('.problem a[href^="tel:"]')).toBeVisible();
      await fitsTheScreen(page);
      await fitsWithLargestLetters(page);
      await lookAt(language, project.name, accessible);
    }
  });
}

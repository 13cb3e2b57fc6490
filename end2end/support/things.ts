import { request, type APIRequestContext, type Page } from "@playwright/test";
import { BASE, session, type Role } from "./accounts";
import { readCode } from "./codes";
import { freshPhone } from "./people";

/** What the pages with a parameter are about. */
export type Things = {
  session: string;
  model: string;
  /** The secret of a ticket's link, and the code in its QR. */
  ticket: string;
  code: string;
  /** A ticket that was given back. */
  cancelled: string;
  cancelledCode: string;
  /** The secret of a delegation's leader, and a member of it. */
  delegation: string;
  member: string;
  /** A dossier of the department's account in each state. */
  dossiers: Record<"draft" | "submitted" | "returned" | "published", string>;
  /** A dossier that the judge's account may read. */
  reading: string;
  /** What the holder of the ticket asked by the law on personal data. */
  privacyRequest: string;
  /** A registration that an organiser may read, and another one. */
  person: string;
  other: string;
  /** Seats that can be full. */
  queue: string;
  /** The code on a booth's poster. */
  booth: string;
  /** A raffle of the edition. */
  raffle: string;
};

/** The code on the poster of the sample's booth that is always open, on the organisers' page. */
export const POSTER = /href="\/TEM\/([A-Z2-7]{132})">Gian hàng Công dân số</;

/** Finds them on the pages of the sample, and registers for two tickets. */
export async function found(): Promise<Things> {
  const visitor = await request.newContext({ baseURL: BASE });
  const text = async (address: string, role?: Role) => {
    const headers = role && { Cookie: `__Host-session=${(await session(role)).value}` };
    const answer = await visitor.get(address, { headers });
    if (!answer.ok()) throw new Error(`${address} was answered with ${answer.status()}`);
    return answer.text();
  };
  const [, programme] = one(await text("/chuong-trinh"), /href="\/chuong-trinh\/([^"?/]+)"/);
  const [, model] = one(await text("/mo-hinh"), /href="\/mo-hinh\/([^"?/]+)"/);
  const desk = await text("/don-vi", "department");
  const dossier = (state: string) => one(desk, new RegExp(`/don-vi/ho-so/([0-9a-f-]{36})"(?:(?!</tr>).)*class="state ${state}"`, "s"))[1]!;
  const [, reading] = one(await text("/hoi-dong", "judge"), /\/hoi-dong\/ho-so\/([0-9a-f-]{36})"/);
  const [ticket, cancelled] = [await ticketOf(visitor), await ticketOf(visitor)];
  const codes = [await codeOf(visitor, ticket), await codeOf(visitor, cancelled)] as const;
  await visitor.post(`/ve/${cancelled}/huy`, { headers: { Origin: BASE }, maxRedirects: 0 });
  await visitor.post(`/ve/${ticket}/quyen`, { form: { right: "correct", detail: "Sửa tên" }, headers: { Origin: BASE }, maxRedirects: 0 });
  const [, privacyRequest] = one(await text("/ban-to-chuc/quyen", "organiser"), /\/ban-to-chuc\/quyen\/([0-9a-f-]{36})"/);
  const [, person, other] = one(
    await text("/ban-to-chuc/nguoi-dang-ky", "organiser"),
    /\/ban-to-chuc\/nguoi-dang-ky\/([0-9a-f-]{36})".*?\/ban-to-chuc\/nguoi-dang-ky\/([0-9a-f-]{36})"/s,
  );
  const [, queue] = one(await text("/ban-to-chuc/hang-cho", "organiser"), /\/ban-to-chuc\/hang-cho\/([0-9a-f-]{36})"/);
  const booths = await text("/ban-to-chuc/dau-gian-hang", "organiser");
  const [, booth] = one(booths, POSTER);
  const [, raffle] = one(booths, /href="\/quay-thuong\/([^"]+)"/);
  const delegation = await delegationOf(visitor);
  const [, member] = one(await text(`/doan/${delegation}`), /nguoi=([0-9a-f-]{36})/);
  await visitor.dispose();
  return {
    session: programme!,
    model: model!,
    ticket,
    code: codes[0],
    cancelled,
    cancelledCode: codes[1],
    delegation,
    member: member!,
    dossiers: {
      draft: dossier("draft"),
      submitted: dossier("submitted"),
      returned: dossier("returned"),
      published: dossier("published"),
    },
    reading: reading!,
    privacyRequest: privacyRequest!,
    person: person!,
    other: other!,
    queue: queue!,
    booth: booth!,
    raffle: raffle!,
  };
}

/** Registers a citizen without a browser, for the session of this title too, and gives back the secret of the ticket's link. */
export async function ticketOf(
  visitor: APIRequestContext,
  full_name = "Nguyễn Thị Hạnh",
  origin = BASE,
  session?: string,
): Promise<string> {
  const address = "/dang-ky?doi-tuong=nguoi-dan";
  const page = await (await visitor.get(address)).text();
  const hidden = (name: string) => {
    const [input] = one(page, new RegExp(`<input[^>]*name="${name}"[^>]*>`));
    return one(input, /value="([^"]+)"/)[1]!;
  };
  const [, commune] = one(page, /<select[^>]*name="commune".*?<option value="([^"]+)"/s);
  const form = {
    audience: hidden("audience"),
    key: hidden("key"),
    stamp: hidden("stamp"),
    full_name,
    phone: freshPhone(),
    commune: commune!,
    adult: one(page, /<input[^>]*name="adult"[^>]*>/)[0].match(/value="([^"]+)"/)![1]!,
    consent_attend: one(page, /<input[^>]*name="consent_attend"[^>]*>/)[0].match(/value="([^"]+)"/)![1]!,
  };
  const seat = session && one(page, new RegExp(`name="session"[^>]*value="([^"]+)"(?:(?!name="session").)*${session}`, "s"))[1]!;
  const answer = await visitor.post(address, { form: seat ? { ...form, session: seat } : form, headers: { Origin: origin }, maxRedirects: 0 });
  if (answer.status() !== 303) throw new Error(`the registration was answered with ${answer.status()}`);
  return one(answer.headers().location ?? "", /\/ve\/([^/?]+)/)[1]!;
}

/** Registers a business's delegation without a browser and gives back the secret of its leader's link. */
export async function delegationOf(visitor: APIRequestContext): Promise<string> {
  const address = "/dang-ky/doan?doi-tuong=doanh-nghiep";
  const page = await (await visitor.get(address)).text();
  const hidden = (name: string) => one(one(page, new RegExp(`<input[^>]*name="${name}"[^>]*>`))[0], /value="([^"]+)"/)[1]!;
  const form = {
    audience: hidden("audience"),
    kind: hidden("kind"),
    key: hidden("key"),
    organisation_name: "Hợp tác xã Xoài Mỹ Xương",
    tax_code: "0100109106",
    leader_name: "Trần Văn Bình",
    leader_phone: freshPhone(),
    paste: "Nguyễn Thị Hạnh\tGiám đốc\t0912 345 678\nLê Văn Tám\nTôn Nữ Thị Ngọc Huyền Trân\tTrưởng phòng Kế hoạch và Đầu tư",
    declaration: "yes",
    do: "confirm",
  };
  const answer = await visitor.post(address, { form, headers: { Origin: BASE }, maxRedirects: 0 });
  return one(answer.headers().location ?? "", /\/doan\/([^/?]+)/)[1]!;
}

/** The secret of the link whose page this is. */
export function secretAt(page: Page): string {
  return one(page.url(), /\/ve\/([^/?]+)/)[1]!;
}

/** The picture (PNG) of a ticket's QR. */
export async function pictureOf(visitor: APIRequestContext, ticket: string): Promise<Buffer> {
  return (await visitor.get(`/ve/${ticket}/ma.png`)).body();
}

/** The whole text of a ticket's QR: the address that it leads to. */
export async function addressOf(visitor: APIRequestContext, ticket: string): Promise<string> {
  return readCode(await pictureOf(visitor, ticket)) ?? "";
}

/** The code in a ticket's QR: the last part of the address. */
export async function codeOf(visitor: APIRequestContext, ticket: string): Promise<string> {
  return one(await addressOf(visitor, ticket), /\/T\/([A-Z2-7]+)$/)[1]!;
}

function one(text: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(text);
  if (!match) throw new Error(`nothing fits ${pattern} in: ${text.slice(0, 300)}`);
  return match;
}

import { readFileSync } from "node:fs";
import { expect, request, type BrowserContext, type Page } from "@playwright/test";

export type Role = "organiser" | "supervisor" | "department" | "judge" | "steward";

export type SignIns = Record<Role, { email: string; password: string }>;

/** The address of the server under test. */
export const BASE = process.env.BASE_URL ?? "http://localhost:3000";

export function signIns(): SignIns {
  const file = process.env.SIGN_INS;
  if (!file) throw new Error("SIGN_INS does not name the file with the sample accounts");
  return JSON.parse(readFileSync(file, "utf8")) as SignIns;
}

type SetCookie = Parameters<BrowserContext["addCookies"]>[0][number];

const sessions = new Map<Role, Promise<string>>();

/** The cookie of a session of this role: one for all tests of a worker, since a password is slow to check on purpose. */
export async function session(role: Role): Promise<SetCookie> {
  const value = sessions.get(role) ?? start(role);
  sessions.set(role, value);
  // Browsers count the loopback as secure, but a cookie with this prefix has to be set by an https address.
  const url = BASE.replace(/^http:/, "https:");
  return { name: "__Host-session", value: await value, url, secure: true, httpOnly: true, sameSite: "Lax" };
}

async function start(role: Role): Promise<string> {
  const visitor = await request.newContext({ baseURL: BASE });
  const answer = await visitor.post("/dang-nhap", { form: signIns()[role], headers: { Origin: BASE }, maxRedirects: 0 });
  const [, value] = /__Host-session=([^;]+)/.exec(answer.headers()["set-cookie"] ?? "") ?? [];
  if (!value) throw new Error(`signing in as ${role} was answered with ${answer.status()}`);
  await visitor.dispose();
  return value;
}

/** Signs in as a person does, with the accounts of the server under test or with others. */
export async function signInByForm(page: Page, role: Role, accounts = signIns()): Promise<void> {
  const { email, password } = accounts[role];
  await page.goto("/dang-nhap");
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=password]").fill(password);
  await page.locator("form:has([name=password]) [type=submit]").click();
  await expect(page, `sign-in as ${role}`).not.toHaveURL(/dang-nhap/);
}

import { createHash, X509Certificate } from "node:crypto";
import { connect, type PeerCertificate } from "node:tls";
import { chromium as engine, type Page } from "@playwright/test";
import { expect, test } from "../fixtures";
import { signInByForm } from "../support/accounts";
import { chromium, wholeChromium } from "../support/chromium";
import { ownDatabase } from "../support/database";
import { Program } from "../support/program";
import { openGate, settled } from "../support/scanner";

let program: Program;

test.beforeAll(async () => {
  program = await Program.startLan({ DATABASE_URL: ownDatabase("lan") });
});
test.afterAll(() => program.stop());

test("a phone that goes past the warning is told what it cannot do, and where to install the certificate", async ({}, { project }) => {
  const browser = await engine.launch(wholeChromium);
  try {
    const context = await browser.newContext({ ...project.use, baseURL: program.base });
    const page = await context.newPage();
    await expect(page.goto("/dang-nhap")).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
    await pastTheWarning(page);
    await signInByForm(page, "steward", program.signIns());
    await page.goto("/diem-danh");
    const told = page.locator("#choose [data-needs-network]");
    await expect(told).toContainText("không mở lại được khi mất mạng");
    await told.getByRole("link", { name: "Cài chứng thư" }).click();
    await expect(page.locator("h1")).toHaveText("Cài chứng thư của máy chủ");
    const offered = await page.evaluate(async () => {
      const link = [...document.querySelectorAll("a")].find(({ textContent }) => textContent === "Tải chứng thư")!;
      return [...new Uint8Array(await (await fetch(link.href)).arrayBuffer())];
    });
    const authority = new X509Certificate(Buffer.from(offered));
    await expect(page.locator("code")).toHaveText(authority.fingerprint256);
    // Whoever trusts that, and nobody else, needs no warning.
    expect([(await handshake([authority.toString()])).authorized, (await handshake([])).authorized]).toEqual([true, false]);
  } finally {
    await browser.close();
  }
});

test("a phone that trusts the certificate opens the check-in page without a network", async ({}, { project }) => {
  const { certificate } = await handshake([]);
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: "spki", format: "der" });
  const trusted = createHash("sha256").update(key).digest("base64");
  const browser = await engine.launch({
    ...chromium,
    args: [...(chromium.args ?? []), `--ignore-certificate-errors-spki-list=${trusted}`],
  });
  try {
    const context = await browser.newContext({ ...project.use, baseURL: program.base });
    const page = await context.newPage();
    await signInByForm(page, "steward", program.signIns());
    await openGate(page);
    await settled(page);
    for (const told of await page.locator("[data-needs-network]").all()) await expect(told).toBeHidden();
    await program.halt();
    await page.reload();
    await expect(page.locator("#scan")).toBeVisible();
    await expect(page.locator("#list-state")).toContainText("thẻ");
  } finally {
    await browser.close();
  }
});

/**
 * Chromium's own way on, for whoever knows it: its page of the warning has the button only behind another.
 * A letter that comes before that page listens is lost, so the word is said until the server's own page is there.
 */
async function pastTheWarning(page: Page): Promise<void> {
  await expect(async () => {
    await page.keyboard.type("thisisunsafe", { delay: 20 });
    await expect(page.locator("main form")).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
}

/** What a client that trusts these certificates alone thinks of the server. */
function handshake(ca: string[]): Promise<{ authorized: boolean; certificate: PeerCertificate }> {
  const { hostname, port } = new URL(program.base);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, servername: hostname, port: Number(port), ca, rejectUnauthorized: false }, () => {
      resolve({ authorized: socket.authorized, certificate: socket.getPeerCertificate() });
      socket.end();
    });
    socket.once("error", reject);
  });
}

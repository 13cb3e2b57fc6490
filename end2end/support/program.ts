import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SignIns } from "./accounts";

/** How long a program may take until it answers, its new database and the sample included. */
const PATIENCE = 60_000;

/** The time at the province's clocks, as an edition file writes it. */
export function localTime(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** A program of a test's own, with settings, a database and an edition that no other test sees. */
export class Program {
  private child?: ChildProcess;

  private constructor(
    readonly base: string,
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly more: readonly string[],
  ) {}

  /** Starts it with the sample edition and waits until it answers. */
  static async start(settings: Record<string, string>): Promise<Program> {
    return this.run("http", settings);
  }

  /** The same with `--lan`: by TLS, with a certificate that it has made itself. */
  static async startLan(settings: Record<string, string>): Promise<Program> {
    return this.run("https", { HOST: "127.0.0.1", ...settings }, "--lan");
  }

  private static async run(scheme: string, settings: Record<string, string>, ...more: string[]): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), "ngay-cds-"));
    const base = `${scheme}://localhost:${await freePort()}`;
    const env = { ...process.env, FORM_SECONDS: "0", BASE_URL: base, ...settings, DATA: join(folder, "data") };
    const program = new Program(base, folder, env, more);
    await program.resume();
    return program;
  }

  /** Starts it anew, at the same address, with all that it has stored. */
  async resume(): Promise<void> {
    const { port } = new URL(this.base);
    const command = ["serve", "--sample", "--sign-ins", this.signInsFile, "--port", port, ...this.more];
    this.child = spawn(executable(), command, { env: this.env, stdio: "ignore" });
    for (const begin = Date.now(); !(await this.isReady()); await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (this.child.exitCode !== null || Date.now() - begin > PATIENCE) {
        const code = this.child.exitCode;
        await this.stop();
        throw new Error(`the program did not get ready (${code ?? "too slow"})`);
      }
    }
  }

  /** Ends its process and keeps what it has stored; by SIGKILL as a power cut does. */
  async halt(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
    }
  }

  /** The sample accounts of this program. */
  signIns(): SignIns {
    return JSON.parse(readFileSync(this.signInsFile, "utf8")) as SignIns;
  }

  private get signInsFile(): string {
    return join(this.folder, "sign-ins.json");
  }

  /** Imports its edition again, changed. */
  edit(change: (edition: string) => string): void {
    const file = join(this.folder, "edition.toml");
    this.command("export", "-o", file);
    writeFileSync(file, change(readFileSync(file, "utf8")));
    this.command("import", file);
  }

  /** Ends it and its database, and takes away what it has stored. */
  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private command(...command: string[]): void {
    execFileSync(executable(), command, { env: this.env, stdio: "pipe" });
  }

  private async isReady(): Promise<boolean> {
    const address = `${this.base}/readyz`;
    if (address.startsWith("https:")) {
      return new Promise((resolve) => {
        get(address, { rejectUnauthorized: false, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        }).on("error", () => resolve(false));
      });
    }
    try {
      return (await fetch(address)).ok;
    } catch {
      return false;
    }
  }
}

function executable(): string {
  const { PROGRAM } = process.env;
  if (!PROGRAM) throw new Error("PROGRAM does not name the executable under test");
  return PROGRAM;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a program may take until it answers, its new database and the sample included. */
const PATIENCE = 60_000;

/** A program of a test's own, with settings, a database and an edition that no other test sees. */
export class Program {
  private constructor(
    readonly base: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it with the sample edition and waits until it answers. */
  static async start(settings: Record<string, string>): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), "ngay-cds-"));
    const port = await freePort();
    const env = { ...process.env, FORM_SECONDS: "0", ...settings, DATA: join(folder, "data") };
    const child = spawn(executable(), ["serve", "--sample", "--port", String(port)], { env, stdio: "ignore" });
    const program = new Program(`http://localhost:${port}`, folder, child);
    for (const begin = Date.now(); !(await program.isReady()); await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (child.exitCode !== null || Date.now() - begin > PATIENCE) {
        await program.stop();
        throw new Error(`the program did not get ready (${child.exitCode ?? "too slow"})`);
      }
    }
    return program;
  }

  /** Imports its edition again, changed. */
  edit(change: (edition: string) => string): void {
    const file = join(this.folder, "edition.toml");
    this.run("export", "-o", file);
    writeFileSync(file, change(readFileSync(file, "utf8")));
    this.run("import", file);
  }

  /** Ends it and its database, and takes away what it has stored. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(...command: string[]): void {
    execFileSync(executable(), command, { env: { ...process.env, DATA: join(this.folder, "data") }, stdio: "pipe" });
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.base}/readyz`)).ok;
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

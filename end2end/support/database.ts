import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** A new database for a test that starts a program of its own and asks what it has stored. */
export function ownDatabase(name: string): string {
  const url = new URL(setting("OWN_DATABASE"));
  psql(url.href, `drop database if exists ${name} with (force)`, `create database ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

/** The rows of a query, read without the program under test. */
export function rows<Row>(database: string, query: string): Row[] {
  return JSON.parse(psql(database, `select coalesce(json_agg(found), '[]') from (${query}) found`)) as Row[];
}

/** Changes what a program of the test's own has stored. */
export function change(database: string, statement: string): void {
  psql(database, statement);
}

/** Keeps others from writing to a table until what is given back is called. */
export async function holdTable(database: string, table: string): Promise<() => Promise<void>> {
  const holder = spawn(setting("PSQL"), ["--no-psqlrc", "--quiet", "-At", database], { stdio: ["pipe", "pipe", "inherit"] });
  const held = once(holder.stdout, "data");
  holder.stdin.write(`begin; lock table ${table} in exclusive mode; select 'held';\n`);
  await held;
  return async () => {
    const ended = once(holder, "exit");
    holder.stdin.end();
    await ended;
  };
}

function psql(database: string, ...statements: string[]): string {
  const each = statements.flatMap((statement) => ["-c", statement]);
  return execFileSync(setting("PSQL"), ["--no-psqlrc", "--quiet", "-At", ...each, database], { encoding: "utf8" });
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

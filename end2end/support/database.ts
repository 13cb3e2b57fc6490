import { execFileSync } from "node:child_process";

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

function psql(database: string, ...statements: string[]): string {
  const each = statements.flatMap((statement) => ["-c", statement]);
  return execFileSync(setting("PSQL"), ["--no-psqlrc", "--quiet", "-At", ...each, database], { encoding: "utf8" });
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

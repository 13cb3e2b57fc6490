import { execFileSync } from "node:child_process";

/** The database for a test that starts a program of its own and asks what it has stored. No other test uses it. */
export function ownDatabase(): string {
  return setting("OWN_DATABASE");
}

/** The rows of a query, read without the program under test. */
export function rows<Row>(query: string): Row[] {
  const json = `select coalesce(json_agg(found), '[]') from (${query}) found`;
  return JSON.parse(execFileSync(setting("PSQL"), ["--no-psqlrc", "-Atc", json, ownDatabase()], { encoding: "utf8" })) as Row[];
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

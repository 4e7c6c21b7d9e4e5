// A server of a test's own: a project made of texts, in a folder that goes with it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";

const { UNDERPIN, MARIADB_SOCKET } = process.env;
assert.ok(UNDERPIN, "run these tests with cargo xtask test");

// How often and how long a start is waited for.
const tries = 400;
const pause = 50;

// Serves a project with one migration and settings, hands its client to `use`, and ends the server whatever happened.
export async function withProject({ migration, settings = [] }, use) {
  const folder = mkdtempSync(join(tmpdir(), "underpin-methods-"));
  // A database server does not run as root, and must be able to enter.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "migrations"));
  writeFileSync(join(folder, "underpin.toml"), "");
  writeFileSync(join(folder, "migrations/20260101000000_test.sql"), migration);
  const { secret } = JSON.parse(execFileSync(UNDERPIN, ["keys", "show", folder, "--json"], { encoding: "utf8" }));
  const port = await freePort();
  const flags = [...settings, ...database()].flatMap((setting) => ["--set", setting]);
  const server = spawn(UNDERPIN, ["dev", folder, "--listen", `127.0.0.1:${port}`, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr.on("data", (part) => (log += part));
  const ended = new Promise((resolve) => server.on("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(`${url}/readyz`, () => server.exitCode === null, () => log);
    return await use(createClient(url, secret, { auth: { persistSession: false, autoRefreshToken: false } }));
  } finally {
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ready(url, isRunning, log) {
  for (let attempt = 0; attempt < tries && isRunning(); attempt += 1) {
    const answered = await fetch(url).then((answer) => answer.ok, () => false);
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  assert.fail(`the server did not get ready:\n${log()}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.on("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

// The setting of a database of the test's own, where one server has those of all tests.
function database() {
  if (!MARIADB_SOCKET) return [];
  const name = `methods_${randomUUID().replaceAll("-", "")}`;
  const arguments_ = ["--no-defaults", "--user=root", `--socket=${MARIADB_SOCKET}`, "--execute"];
  execFileSync("mariadb", [...arguments_, `create database ${name}`]);
  return [`database.url=mysql://root@localhost/${name}?socket=${MARIADB_SOCKET}`];
}

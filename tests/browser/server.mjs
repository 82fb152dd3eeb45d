// A server on a demonstration's store, for the browser to look at: the real program, on a free port of this computer.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAM = resolve(process.env.PRESENCE_PROGRAM ?? "target/debug/presence");

/** The moment at which pages are looked at: in the afternoon of the last day of the history. */
export const NOW = "2026-11-06T14:28:00Z";
const END = "2026-11-06T14:27:00Z";

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const run = (folder, args) => {
  const done = spawnSync(PROGRAM, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`presence ${args.join(" ")} failed:\n${done.stderr}`);
  return done.stdout;
};

/** A week of a small office, and a server that shows it. */
export const startServer = async () => {
  const folder = mkdtempSync(join(tmpdir(), "presence-browser-"));
  const store = "sqlite:office.db";
  const until = ["--extensions", "40", "--days", "5", "--end", END, "--seed", "7"];
  run(folder, ["simulate", "--into", store, ...until, "--quiet"]);
  const people = JSON.parse(run(folder, ["--store", store, "--now", NOW, "now", "--format", "json"]));
  const [change] = JSON.parse(run(folder, ["--store", store, "changes", "--from", "2026-11-02", "--to", "2026-11-03", "--format", "json"]));
  const port = await freePort();
  const args = ["--store", store, "--now", NOW, "--zone", "Europe/Berlin", "serve", "--open", "--listen", `127.0.0.1:${port}`];
  const server = spawn(PROGRAM, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (text) => (said += text));
  const root = `http://127.0.0.1:${port}`;
  const ended = new Promise((resolve) => server.on("exit", resolve));
  let isUp = false;
  for (let tries = 0; tries < 600 && !isUp && server.exitCode === null; tries += 1) {
    isUp = await fetch(`${root}/assets/presence.css`).then((answer) => answer.ok, () => false);
    if (!isUp) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!isUp) throw new Error(`the server did not start:\n${said}`);
  return {
    root,
    folder,
    people,
    /**
     * Records a sweep: `records` and `directory` are as the platform sends them. If it is `complete`, whoever is in none of
     * the records is missing.
     */
    record: (observedAt, records, directory = [], complete = false) => {
      const line = { account_id: change.account_id, observed_at: observedAt, complete, records, directory };
      const file = join(folder, "sweep.ndjson");
      writeFileSync(file, `${JSON.stringify(line)}\n`);
      run(folder, ["--store", store, "import", file]);
    },
    stop: async () => {
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

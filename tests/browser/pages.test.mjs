// The pages in a real browser: opened, pointed at, used by keyboard, changed while they are open, and checked for what
// keeps people from using them. `scripts/test` installs what this needs and runs it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { startServer } from "./server.mjs";

// Modules are below target/, not beside this file.
const modules = createRequire(resolve(process.env.PRESENCE_BROWSER_MODULES ?? "target/browser", "package.json"));
const { chromium } = modules("playwright-core");
const axe = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");
const pictures = resolve(process.env.PRESENCE_SCREENSHOTS ?? "target/browser/screenshots");

const DAY = "2026-11-04";
const PAGES = [
  ["board", "/"],
  ["board-policy", "/?policy=direct_calls"],
  ["day", `/day/${DAY}?hours=Mo-Fr+08:00-18:00`],
  ["week", "/week/2026-W45"],
  ["month", "/month/2026-11"],
  ["quarter", "/quarter/2026-Q4"],
  ["span", "/span?from=2026-11-04T09:00:00Z&to=2026-11-04T11:00:00Z"],
  ["people", "/people"],
  ["person", null],
  ["report", "/report"],
  ["report-answer", "/report?from=2026-11-02&to=2026-11-06&by=department&by=day&hours=Mo-Fr+09:00-17:00"],
  ["staffing", "/staffing?value=Available&from=2026-11-04&to=2026-11-05&step=1h&by=department"],
  ["heatmap", "/heatmap?value=Available&from=2026-11-02&to=2026-11-07"],
  ["health", "/health"],
  ["api", "/api"],
  ["api-report", "/api/report"],
  ["api-changes", "/api/changes?from=-1h&to=now"],
  ["api-import", "/api/import"],
  ["missing", "/day/2026-02-30"],
];

let server;
let browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  server = await startServer();
  browser = await chromium.launch({
    executablePath: process.env.PRESENCE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const person = () => server.people.find((one) => one.status === "known" && one.state.presence_status !== "Offline");

/** A page that notes every error. */
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  return { page, errors, close: () => context.close() };
};

const address = ([, path]) => `${server.root}${path ?? `/people/${person().extension_id}?week=2026-W45`}`;

/** What axe finds that keeps people from using a page. */
const faults = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations
    .filter((fault) => ["serious", "critical"].includes(fault.impact))
    .map((fault) => `${fault.id}: ${fault.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
};

for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    test(`every page is usable, ${scheme}, ${width} pixels wide`, async () => {
      const { page, errors, close } = await open({ colorScheme: scheme, viewport: { width, height: 800 } });
      for (const entry of PAGES) {
        const answer = await page.goto(address(entry));
        const isMissing = entry[0] === "missing";
        assert.equal(answer.status(), isMissing ? 404 : 200, entry[0]);
        assert.ok((await page.locator("h1").textContent()).length > 0, entry[0]);
        assert.deepEqual(await faults(page), [], `${entry[0]} ${scheme} ${width}`);
        const broken = await page.evaluate(() => [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src));
        assert.deepEqual(broken, [], entry[0]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${entry[0]} is ${overflow} pixels wider than the screen of ${width}`);
        await page.screenshot({ path: join(pictures, `${entry[0]}-${scheme}-${width}.png`), animations: "disabled" });
      }
      // The missing page's own status is told as an error by the browser; nothing else is.
      assert.deepEqual(errors.filter((error) => !error.includes("404")), []);
      await close();
    });
  }
}

test("a change shows on the board while it is open, and a message is text", async () => {
  const { page, errors, close } = await open();
  await page.goto(server.root);
  await page.locator("#live.on").waitFor();
  const somebody = person();
  const row = page.locator(`#p-${somebody.extension_id}`);
  const message = "<script>document.title='taken'</script> back \"soon\"";
  server.record("2026-11-06T14:27:45.000Z", [
    {
      extension: { id: Number(somebody.extension_id), extensionNumber: somebody.extension_number },
      presenceStatus: "Busy",
      telephonyStatus: "NoCall",
      userStatus: "Busy",
      dndStatus: "DoNotAcceptAnyCalls",
      message,
    },
  ]);
  await row.getByText(message).waitFor();
  assert.match(await row.textContent(), /Busy/);
  assert.match(await row.textContent(), /DoNotAcceptAnyCalls/);
  assert.notEqual(await page.title(), "taken");
  assert.deepEqual(errors, []);
  await close();
});

test("pointing at a bar tells what held, and a click shows the events behind it", async () => {
  const { page, errors, close } = await open();
  await page.goto(`${server.root}/day/${DAY}`);
  const bar = page.locator("svg.bars", { has: page.locator("path[data-value=Available]") }).locator("visible=true").nth(2);
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  // Somewhere in the working day a stretch begins with a change.
  let told = "";
  let place = 0.3;
  for (; place < 0.9 && (told === "" || told.includes(" 00:00:00 to ")); place += 0.02) {
    await page.mouse.move(box.x + box.width * place, box.y + box.height / 2);
    told = await page.locator("#detail").textContent();
  }
  assert.match(told, /: .+, Wed 2026-11-04 \d\d:\d\d:\d\d to (Thu 2026-11-05 )?\d\d:\d\d:\d\d/);
  await page.mouse.click(box.x + box.width * (place - 0.02), box.y + box.height / 2);
  await page.waitForURL(/\/people\/\d+\?.*from=.*#changes$/);
  const from = /(\d\d:\d\d:\d\d) to/.exec(told)[1];
  assert.match(await page.locator("main").textContent(), new RegExp(from));
  assert.deepEqual(errors, []);
  await close();
});

test("dragging over a bar looks closer", async () => {
  const { page, errors, close } = await open();
  await page.goto(`${server.root}/day/${DAY}`);
  const bar = page.locator("table.picture svg.bars").first();
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.4, middle);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, middle, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/\/span\?.*from=2026-11-04T.*to=2026-11-04T/);
  assert.match(await page.locator("h1").textContent(), /^2026-11-04 .* to /);
  assert.deepEqual(errors, []);
  await close();
});

test("the keyboard alone reaches the bars, goes along them and opens the events", async () => {
  const { page, errors, close } = await open();
  await page.goto(`${server.root}/day/${DAY}`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const isAtBars = () => page.evaluate(() => document.activeElement.getAttribute("class") === "bars");
  let presses = 0;
  for (; presses < 60 && !(await isAtBars()); presses += 1) await page.keyboard.press("Tab");
  assert.ok(presses < 60, "the bars are out of the keyboard's reach");
  const texts = new Set();
  for (const key of ["Home", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight"]) {
    await page.keyboard.press(key);
    const said = await page.evaluate(() => document.activeElement.getAttribute("aria-valuetext"));
    assert.equal(said, await page.locator("#detail").textContent());
    texts.add(said);
  }
  assert.ok(texts.size >= 3, [...texts].join("\n"));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/people\/\d+\?.*#changes$/);
  assert.deepEqual(errors, []);
  await close();
});

test("a report is built with the form and downloaded", async () => {
  const { page, errors, close } = await open();
  await page.goto(`${server.root}/report`);
  await page.getByLabel("From", { exact: true }).fill("2026-11-02");
  await page.getByLabel("To", { exact: true }).fill("2026-11-07");
  await page.getByLabel("Hours that count").fill("Mo-Fr 9-17");
  await page.getByLabel("by department").check();
  await page.getByLabel("By time").selectOption("day");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  assert.match(await page.getByRole("alert").textContent(), /Mo-Fr 09:00-17:00/);
  await page.getByLabel("Hours that count").fill("Mo-Fr 09:00-17:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.locator("#answer").waitFor();
  const rows = await page.locator("tbody tr").count();
  assert.ok(rows >= 20, `${rows} rows`);
  const command = await page.locator("#command").textContent();
  assert.match(command, /^presence report --from 2026-11-02 --to 2026-11-07 --hours 'Mo-Fr 09:00-17:00' .*--by day,department$/);
  const link = page.getByRole("link", { name: "CSV", exact: true });
  const answer = await page.request.get(new URL(await link.getAttribute("href"), page.url()).href);
  const csv = await answer.text();
  assert.match(csv, /^department,day,scheduled_ms,/);
  // A refused question is answered with 400, which the browser tells as an error.
  assert.deepEqual(errors.filter((error) => !error.includes("400")), []);
  await close();
});

test("a question is tried by keyboard alone, and its answer shown", async () => {
  const { page, errors, close } = await open({ colorScheme: "dark", viewport: { width: 390, height: 800 } });
  await page.goto(`${server.root}/api`);
  await page.getByRole("link", { name: "GET /api/v1/report", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/api\/report$/);
  await page.getByLabel(/^from /).fill("2026-11-02");
  await page.getByLabel(/^to /).fill("2026-11-03");
  const people = server.people.slice(0, 2).map((one) => one.extension_id);
  await page.getByLabel(/^person /).fill(people.join("\n"));
  await page.getByLabel(/^to /).focus();
  await page.keyboard.press("Enter");
  await page.locator("#status", { hasText: /^200 OK, [\d,]+ bytes in [\d,]+ ms$/ }).waitFor();
  const { top } = await page.locator("#status").evaluate((status) => status.getBoundingClientRect());
  assert.ok(top >= 0 && top < 800, `the answer is out of sight, at ${top}`);
  const headers = await page.locator("#headers").textContent();
  assert.match(headers, /content-type *application\/json/);
  assert.match(headers, /etag *"[0-9a-f]{32}(-gzip)?"/);
  const told = JSON.parse(await page.locator("#body").textContent());
  assert.deepEqual(told.rows.map((row) => row.extension_id).sort(), people.sort());
  const command = await page.locator("#command").textContent();
  const [, asked] = /^curl '.*\/api\/v1\/report\?(.*)'$/.exec(command);
  const given = [...new URLSearchParams(asked)].map((pair) => pair.join("=")).sort();
  assert.deepEqual(given, ["from=2026-11-02", ...people.map((id) => `person=${id}`), "to=2026-11-03"]);
  // The address of the page is the form as it is filled in.
  assert.equal(new URL(page.url()).search, `?${asked}`);
  assert.deepEqual(await faults(page), []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels wider than the screen`);
  await page.screenshot({ path: join(pictures, "api-answer-dark-390.png"), animations: "disabled" });
  // A mistake is answered, too.
  await page.getByLabel(/^to /).fill("2026-11-01");
  await page.keyboard.press("Enter");
  await page.locator("#status", { hasText: /^400 Bad Request/ }).waitFor();
  assert.equal(JSON.parse(await page.locator("#body").textContent()).parameter, "from");
  assert.deepEqual(errors.filter((error) => !error.includes("400")), []);
  await close();
});

test("a picture, a long answer, a table and a stream are shown as what they are", async () => {
  const { page, errors, close } = await open();
  const sent = async (path, status) => {
    await page.goto(`${server.root}${path}`);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator("#status", { hasText: status }).waitFor();
  };
  await sent("/api/heatmap?value=Available&from=2026-11-02&to=2026-11-07&format=svg", /^200 OK/);
  await page.locator("#picture img").evaluate((image) => image.decode());
  assert.deepEqual(await faults(page), []);
  await sent("/api/changes?from=2026-11-02&to=2026-11-07&limit=10000", /The first 200,000 letters are shown/);
  assert.equal((await page.locator("#body").textContent()).length, 200000);
  await sent("/api/report?from=2026-11-02&to=2026-11-07&format=parquet", /^200 OK/);
  assert.match(await page.locator("#body").textContent(), /no text/);
  await sent("/api/changes-stream?after=0", /^200 OK, .* so far|until now/);
  await page.locator("#body", { hasText: "event: change" }).waitFor();
  await page.goto(`${server.root}/api/changes-stream`);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.locator("#status", { hasText: /stopped/i }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test("everything is there without script, and paper has no forms", async () => {
  const { page, close } = await open({ javaScriptEnabled: false });
  await page.goto(server.root);
  assert.ok((await page.locator(".board tbody tr").count()) > 20);
  await page.goto(`${server.root}/day/${DAY}`);
  assert.ok((await page.locator("svg.bars path.good").count()) > 10);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".filter").isVisible(), false);
  assert.equal(await page.locator("table.picture").isVisible(), true);
  await page.goto(`${server.root}/day/${DAY}.csv`).catch(() => undefined);
  await page.goto(`${server.root}/api/coverage`);
  await page.getByLabel(/^from /).fill("2026-11-02");
  await page.getByRole("button", { name: "Show the request", exact: true }).click();
  assert.match(await page.locator("#command").textContent(), /from=2026-11-02&to=now'$/);
  await page.locator("#request").click();
  assert.match(await page.locator("body").textContent(), /"observed_ms"/);
  await close();
});

test("whoever is new, changes team or goes is shown on the board while it is open", async () => {
  const { page, errors, close } = await open();
  await page.goto(server.root);
  await page.locator("#live.on").waitFor();
  const extension = { id: 990001, extensionNumber: "9901" };
  const known = (department) => ({
    id: 990001,
    extensionNumber: "9901",
    name: "Somebody New",
    type: "User",
    contact: { department },
  });
  const shown = { extension, presenceStatus: "Available", telephonyStatus: "NoCall", userStatus: "Available" };
  const row = page.locator("#p-990001");
  const team = page.locator("tbody", { has: row }).locator("th.team");
  // Whoever reads along by keyboard stays where they are.
  const held = page.locator(".board th[scope=row] a").first();
  await held.focus();
  const name = await held.textContent();
  assert.equal(await row.count(), 0);
  server.record("2026-11-06T14:27:50.000Z", [shown], [known("Newcomers")]);
  await row.getByText("Available").waitFor();
  assert.match(await team.textContent(), /^Newcomers 1 extension: 1 Available/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
  server.record("2026-11-06T14:27:51.000Z", [{ ...shown, presenceStatus: "Busy" }], []);
  await row.getByText("Busy").waitFor();
  await team.getByText("1 extension: 1 Busy").waitFor();
  server.record("2026-11-06T14:27:52.000Z", [], [known("Elsewhere")]);
  await team.getByText("Elsewhere").waitFor();
  // Who is missing from two complete sweeps is gone.
  const others = server.people.map((one) => ({
    extension: { id: Number(one.extension_id), extensionNumber: one.extension_number },
    presenceStatus: one.state?.presence_status ?? "Offline",
    telephonyStatus: one.state?.telephony_status ?? "NoCall",
    userStatus: one.state?.user_status ?? "Offline",
    dndStatus: one.state?.dnd_status ?? "TakeAllCalls",
  }));
  server.record("2026-11-06T14:27:53.000Z", others, [], true);
  server.record("2026-11-06T14:27:54.000Z", others, [], true);
  await row.waitFor({ state: "detached" });
  assert.deepEqual(errors, []);
  await close();
});

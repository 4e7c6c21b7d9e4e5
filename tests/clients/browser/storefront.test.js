// A real browser on the storefront: it lists, searches, filters, pages and shows products, and reports no error.

import { after, before, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { SHOP_URL, CHROMIUM, SCREENSHOTS } = process.env;
assert.ok(SHOP_URL && CHROMIUM, "run these tests with cargo xtask test");

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"];

let browser;
let page;
let complaints;

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
});

after(() => browser?.close());

beforeEach(async () => {
  await page?.close();
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("requestfailed", (request) => {
    // A list that is overtaken by the next one is cut off by the page itself.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`${request.url()} failed`);
  });
});

async function open(hash = "#/") {
  await page.goto(`${SHOP_URL}/${hash}`);
  await settled();
}

const settled = () => page.waitForSelector("main:not([aria-busy]) > *");
const count = async () => (await page.textContent("#count")).trim();
const titles = () => page.locator(".product h2").allTextContents();

async function picture(name) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

test("it lists products", async () => {
  await open();
  assert.equal(await count(), "913 products");
  assert.equal((await titles()).length, 24);
  await picture("list");
  assert.deepEqual(complaints, []);
});

test("it searches", async () => {
  await open();
  await page.fill("#search", "ebba linen lamp");
  await page.press("#search", "Enter");
  await page.waitForFunction(() => document.querySelector("#count")?.textContent !== "913 products");
  for (const title of await titles()) assert.match(title, /Lamp/);
  assert.ok((await titles()).includes("Ebba Linen Lamp"));
  await picture("search");
  assert.deepEqual(complaints, []);
});

test("it says when nothing fits", async () => {
  await open("#/?text=nonesuch");
  assert.match(await page.textContent("main"), /Nothing here fits/);
  assert.equal(await count(), "0 products");
});

test("it filters by category and tag", async () => {
  await open();
  await page.click("nav.filters >> text=Kitchen");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.startsWith("Kitchen"));
  await page.click(".tags >> text=gift");
  await page.waitForFunction(() => location.hash.includes("tag=gift"));
  await settled();
  const names = new Set(await page.locator(".product .meta").allTextContents());
  for (const name of names) assert.ok(["Mugs", "Knives", "Pans"].includes(name), name);
  await picture("filter");
  assert.deepEqual(complaints, []);
});

test("it sorts and turns pages", async () => {
  await open("#/?sort=cheap");
  assert.equal((await titles())[0], "Pernille Ash Pen");
  await page.click("text=Next");
  await page.waitForFunction(() => document.querySelector(".pages")?.textContent.includes("Page 2 of 39"));
  assert.equal((await titles()).length, 24);
  assert.deepEqual(complaints, []);
});

test("it shows a product with its variants and reviews", async () => {
  await open("#/?text=ebba+linen+lamp&sort=rated");
  await page.click(".product >> text=Ebba Linen Lamp");
  await page.waitForSelector("#variants");
  assert.equal(await page.textContent("h1"), "Ebba Linen Lamp");
  assert.match(await page.textContent(".detail .price"), /€173\.50/);
  assert.equal(await page.locator("#variants tbody tr").count(), 1);
  assert.equal(await page.locator("#reviews article").count(), 4);
  await picture("product");
  assert.deepEqual(complaints, []);
});

test("it does not show what is not for sale", async () => {
  await open("#/products/no-such-thing");
  assert.match(await page.textContent("main"), /not for sale/);
});

// Compares decoders on the hard pictures in Chromium: `node decoder.mjs PICTURES SCANNER`, the folders of the drawn pictures and of
// the built decoder. Prints one line of JSON.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { slowDown } from "./slower.mjs";

const [pictures, decoder] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
/** In so many frames of the same picture ours has gone through all its retries. */
const FRAMES = 4;
const SLOW = 4;
/** On the slowed CPU, where some need seconds for a picture, only every so many are looked at. */
const EVERY_SLOW = 3;
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** The third party of html5-qrcode is a script, and is imported as a module. */
async function asModule(file) {
  const names = ["BarcodeFormat", "DecodeHintType", "MultiFormatReader", "HTMLCanvasElementLuminanceSource", "BinaryBitmap", "HybridBinarizer"];
  return `const module = { exports: {} }, exports = module.exports;\n${await readFile(file, "utf8")}\nexport const { ${names.join(", ")} } = exports;`;
}

async function content(path) {
  if (path === "/") return '<!doctype html><script src="/lib/jsqr/dist/jsQR.js"></script><script type="module" src="/page.js"></script>';
  if (path === "/page.js") return readFile(join(here, "page.js"));
  if (path === "/ours/worker.js") {
    const worker = await readFile(join(here, "../../frontend/decoder/worker.js"), "utf8");
    return worker.replace("__GLUE__", "/ours/glue.js").replace("__WASM__", "/ours/module.wasm");
  }
  if (path.startsWith("/ours/")) return readFile(join(decoder, path.slice("/ours/".length)));
  if (path.startsWith("/pictures.")) return readFile(join(pictures, path));
  if (path.startsWith("/lib/")) {
    const file = join(here, "../node_modules", path.slice("/lib/".length));
    return file.endsWith("zxing-js.umd") ? asModule(`${file}.js`) : readFile(extname(file) ? file : `${file}.js`);
  }
  throw new Error(`nothing at ${path}`);
}

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  try {
    const body = await content(path);
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? (path === "/" ? "text/html" : "text/javascript") }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error));
page.on("requestfailed", (request) => console.error(request.url()));
page.on("response", (response) => response.ok() || console.error(response.status(), response.url()));
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForFunction("window.ready");
const others = ["zxing-wasm", "jsqr", "qr-scanner", "html5-qrcode"];
const compare = (every) => page.evaluate((given) => window.compare(...given), [["worker", "page", ...others], FRAMES, every]);
const fast = await compare(1);
const atFullSpeed = await slowDown(browser, SLOW);
const slow = await compare(EVERY_SLOW);
await atFullSpeed();
console.log(JSON.stringify({ fast, slow }));
await browser.close();
server.close();

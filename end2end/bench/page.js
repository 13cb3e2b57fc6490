// Runs in the page: every decoder looks at the same canvas, one after the other, picture by picture.

import { Html5QrcodeShim } from "/lib/html5-qrcode/esm/code-decoder.js";
import { BaseLoggger, Html5QrcodeSupportedFormats } from "/lib/html5-qrcode/esm/core.js";
import QrScanner from "/lib/qr-scanner/qr-scanner.min.js";
import { prepareZXingModule, readBarcodes } from "/lib/zxing-wasm/dist/es/reader/index.js";
import init, { read } from "/ours/glue.js";

const pixelsOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, canvas.width, canvas.height);

/** The decoder as the check-in page uses it: in its worker. */
async function inWorker() {
  const worker = new Worker("/ours/worker.js", { type: "module" });
  const heard = () => new Promise((resolve) => worker.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  await heard();
  return async (canvas, frame) => {
    const { data, width, height } = pixelsOf(canvas);
    worker.postMessage({ id: 0, pixels: data.buffer, width, height, frame }, [data.buffer]);
    return (await heard()).text;
  };
}

/** The same in the page, where the others run. */
async function inPage() {
  await init({ module_or_path: "/ours/module.wasm" });
  return (canvas, frame) => {
    const { data, width, height } = pixelsOf(canvas);
    return read(new Uint8Array(data.buffer), width, height, frame);
  };
}

async function zxingWasm() {
  await prepareZXingModule({
    overrides: { locateFile: () => "/lib/zxing-wasm/dist/reader/zxing_reader.wasm" },
    fireImmediately: true,
  });
  return async (canvas) => (await readBarcodes(pixelsOf(canvas), { formats: ["QRCode"], maxNumberOfSymbols: 1 }))[0]?.text;
}

async function jsqr() {
  return (canvas) => {
    const { data, width, height } = pixelsOf(canvas);
    return window.jsQR(data, width, height)?.data;
  };
}

async function qrScanner() {
  const qrEngine = await QrScanner.createQrEngine();
  qrEngine.postMessage?.({ type: "inversionMode", data: "both" });
  return (canvas) => QrScanner.scanImage(canvas, { qrEngine, returnDetailedScanResult: true }).then(({ data }) => data, () => undefined);
}

async function html5Qrcode() {
  const shim = new Html5QrcodeShim([Html5QrcodeSupportedFormats.QR_CODE], false, false, new BaseLoggger(false));
  return (canvas) => shim.decodeAsync(canvas).then(({ text }) => text, () => undefined);
}

const MAKERS = { worker: inWorker, page: inPage, "zxing-wasm": zxingWasm, jsqr, "qr-scanner": qrScanner, "html5-qrcode": html5Qrcode };

/** What each of these decoders found in every frame (`frames` of them, or as many as it took) of every so many pictures, and when. */
window.compare = async (names, frames, every) => {
  const { width, height, pictures } = await (await fetch("/pictures.json")).json();
  const grey = new Uint8Array(await (await fetch("/pictures.grey")).arrayBuffer());
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const draw = (at) => {
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let i = 0, from = at * width * height; i < width * height; i++) rgba.fill(grey[from + i], 4 * i, 4 * i + 3);
    pen.putImageData(new ImageData(rgba, width, height), 0, 0);
  };
  const decoders = [];
  for (const name of names) decoders.push({ name, look: await MAKERS[name](), looks: [] });
  // What is compiled in the first moments is not measured.
  for (let at = 0; at < pictures.length; at += 20) {
    draw(at);
    for (const { look } of decoders) await look(canvas, at);
  }
  for (const [at, picture] of pictures.entries()) {
    if (at % every) continue;
    draw(at);
    for (const { name, look, looks } of decoders) {
      const of = name === "worker" || name === "page" ? frames : 1;
      const found = { kind: picture.kind, ms: [] };
      for (let frame = 0; frame < of && !found.text; frame++) {
        const begin = performance.now();
        found.text = await look(canvas, frame);
        found.ms.push(performance.now() - begin);
      }
      found.right = Boolean(found.text) && found.text === picture.text;
      found.wrong = Boolean(found.text) && !found.right;
      looks.push(found);
    }
  }
  return decoders.map(({ name, looks }) => ({ name, looks }));
};
window.ready = true;

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as engine, type Browser, type BrowserContext, type BrowserContextOptions, type LaunchOptions } from "@playwright/test";
import { PNG } from "pngjs";
import { chromium } from "./chromium";

const WIDTH = 640;
const HEIGHT = 480;
const GREY = 128;
/** The code is there for two seconds, then away for five: long enough that the next sight of it counts as another. */
const RATE = 2;
const FRAMES_WITH = 4;
const FRAMES_WITHOUT = 10;

/** A picture in shades of grey, a byte a pixel. */
type Grey = { width: number; height: number; luma: Uint8Array };

function greyOf(png: Buffer): Grey {
  const { width, height, data } = PNG.sync.read(png);
  const luma = new Uint8Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const [r, g, b, a] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]! / 255];
    // On white paper.
    luma[i] = Math.round((0.299 * r + 0.587 * g + 0.114 * b) * a + 255 * (1 - a));
  }
  return { width, height, luma };
}

/** The picture in the middle of a grey frame, so that its longer side takes `share` of the frame's height. */
function frameWith(picture: Grey, share: number): Uint8Array {
  const frame = new Uint8Array(WIDTH * HEIGHT).fill(GREY);
  const scale = (HEIGHT * share) / Math.max(picture.width, picture.height);
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const [left, top] = [(WIDTH - width) >> 1, (HEIGHT - height) >> 1];
  for (let y = 0; y < height; y++) {
    const sourceY = Math.min(picture.height - 1, Math.floor((y + 0.5) / scale));
    for (let x = 0; x < width; x++) {
      const sourceX = Math.min(picture.width - 1, Math.floor((x + 0.5) / scale));
      frame[(top + y) * WIDTH + left + x] = picture.luma[sourceY * picture.width + sourceX]!;
    }
  }
  return frame;
}

/** Writes what a camera sees that this picture (PNG) is held before again and again: a video that Chromium repeats. */
export function fakeCamera(png: Buffer | string, share = 0.85): string {
  const picture = greyOf(typeof png === "string" ? readFileSync(png) : png);
  // Without colour: both chroma planes, a quarter of the pixels each, in the middle of their range.
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = (luma: Uint8Array) => Buffer.concat([Buffer.from("FRAME\n"), luma, chroma]);
  const seen = Array<Buffer>(FRAMES_WITH).fill(frame(frameWith(picture, share)));
  const away = Array<Buffer>(FRAMES_WITHOUT).fill(frame(new Uint8Array(WIDTH * HEIGHT).fill(GREY)));
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`);
  const file = join(mkdtempSync(join(tmpdir(), "camera-")), "camera.y4m");
  writeFileSync(file, Buffer.concat([header, ...seen, ...away]));
  return file;
}

/** A Chromium of its own whose camera sees this video. The camera is chosen at start, so it cannot be shared. */
export function browserWithCamera(video: string): Promise<Browser> {
  return engine.launch(seeing(video));
}

/** The same that keeps what it stores in a folder, so that it can be ended and started again. */
export function phoneWithCamera(video: string, folder: string, options: BrowserContextOptions): Promise<BrowserContext> {
  return engine.launchPersistentContext(folder, { ...options, ...seeing(video) });
}

function seeing(video: string): LaunchOptions {
  const camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${video}`];
  return { ...chromium, args: [...(chromium.args ?? []), ...camera] };
}

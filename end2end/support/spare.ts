import { inflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { readCode } from "./codes";

/** Pixels that a point of the sheet is drawn as. */
const SCALE = 4;
const WIDTH = 595.28;
const HEIGHT = 841.89;
const [COLUMNS, ROWS] = [3, 8];

type Bar = { left: number; top: number; right: number; bottom: number };

/** The texts of the codes on printed sheets of spare tickets, in their order: what a phone that sees the paper reads. */
export function printedCodes(pdf: Buffer): string[] {
  return drawings(pdf).flatMap((drawing) => {
    const bars = barsOf(drawing);
    const tickets = Array.from({ length: COLUMNS * ROWS }, (_, at) => {
      const [left, top] = [(at % COLUMNS) * (WIDTH / COLUMNS), Math.floor(at / COLUMNS) * (HEIGHT / ROWS)];
      return bars.filter((bar) => bar.left >= left && bar.left < left + WIDTH / COLUMNS && bar.top >= top && bar.top < top + HEIGHT / ROWS);
    });
    return tickets.filter((bars) => bars.length > 0).map((bars) => readCode(picture(bars))!);
  });
}

/** What the pages of a PDF draw, unpacked. */
function drawings(pdf: Buffer): string[] {
  const found: string[] = [];
  for (let at = pdf.indexOf("stream\n"); at >= 0; at = pdf.indexOf("stream\n", at + 1)) {
    try {
      const drawing = inflateSync(pdf.subarray(at + "stream\n".length, pdf.indexOf("endstream", at))).toString("latin1");
      if (drawing.includes(" rg ")) found.push(drawing);
    } catch {
      // Packed otherwise: a font, or the end of another stream.
    }
  }
  return found;
}

/** The black rectangles: `left top m right top l right bottom l left bottom l h`. */
function barsOf(drawing: string): Bar[] {
  const number = "(-?[\\d.]+)";
  const black = drawing.split(/^q /m).filter((part) => / 0 0 0 rg /.test(part));
  const corner = new RegExp(`${number} ${number} m ${number} ${number} l ${number} ${number} l`, "g");
  return black.flatMap((part) =>
    [...part.matchAll(corner)].map(([, left, top, right, , , bottom]) => ({
      left: Number(left),
      top: Number(top),
      right: Number(right),
      bottom: Number(bottom),
    })),
  );
}

function picture(bars: Bar[]): Buffer {
  const border = 8;
  const left = Math.min(...bars.map((bar) => bar.left)) - border;
  const top = Math.min(...bars.map((bar) => bar.top)) - border;
  const side = (Math.max(...bars.map((bar) => bar.right)) + border - left) * SCALE;
  const png = new PNG({ width: Math.ceil(side), height: Math.ceil(side) });
  png.data.fill(255);
  for (const bar of bars) {
    const pixel = (at: number, from: number) => Math.round((at - from) * SCALE);
    for (let y = pixel(bar.top, top); y < pixel(bar.bottom, top); y++) {
      for (let x = pixel(bar.left, left); x < pixel(bar.right, left); x++) png.data.fill(0, 4 * (y * png.width + x), 4 * (y * png.width + x) + 3);
    }
  }
  return PNG.sync.write(png);
}

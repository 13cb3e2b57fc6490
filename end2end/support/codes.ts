import jsQR from "jsqr";
import { PNG } from "pngjs";

/** Reads the QR code in a picture with a decoder that shares nothing with the project's own. */
export function readCode(png: Buffer): string | undefined {
  const picture = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data;
}

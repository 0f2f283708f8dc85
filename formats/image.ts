/** Images as rows hold them, PNG or JPEG, read within bounds that no file of a few bytes can break. */
import { inflateSync } from "node:zlib";
import { joined } from "./jsonl.ts";
import { reasonOf } from "./show.ts";

/** How large an image says it is, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}
/** An image, decoded. */
export interface Pixels extends ImageSize {
  /** Red, green and blue of each pixel from 0 to 255, row by row; what is transparent lies on white. */
  readonly rgb: Uint8Array;
}

/** Most bytes of an image, and most pixels: a photograph has fewer, and what claims more is a mistake. */
export const mostImage = { bytes: 16 * 2 ** 20, pixels: 25_000_000 } as const;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];
/** What else people keep images as, by their first bytes. */
const others: readonly (readonly [name: string, magic: RegExp])[] = [
  ["GIF", /^GIF8/],
  ["WebP", /^RIFF.{4}WEBP/s],
  ["BMP", /^BM/],
  ["TIFF", /^(II\*\0|MM\0\*)/],
  ["AVIF or HEIC", /^.{4}ftyp/s],
  ["SVG or another XML", /^\s*</],
];
const begins = (bytes: Uint8Array, magic: readonly number[]) =>
  magic.every((byte, i) => bytes[i] === byte);

/** How wide and high an image says it is. A SyntaxError, to follow a name, where it is none or too large. */
export function imageSize(bytes: Uint8Array): ImageSize {
  if (bytes.length > mostImage.bytes) {
    throw new SyntaxError(
      `must be an image of at most ${mostImage.bytes / 2 ** 20} MiB: it has ${bytes.length} bytes`,
    );
  }
  const size = begins(bytes, PNG)
    ? headerOfPng(bytes)
    : begins(bytes, JPEG)
    ? frameOfJpeg(bytes)
    : refused(bytes);
  const { width, height } = size;
  if (!(width > 0 && height > 0 && width * height <= mostImage.pixels)) {
    throw new SyntaxError(
      `must be an image of 1 to ${
        mostImage.pixels / 1e6
      } million pixels: it says that it has ${width} × ${height}`,
    );
  }
  return { width, height };
}

/** The pixels of an image. A SyntaxError, to follow a name, where it is none, too large or damaged. */
export async function pixelsOf(bytes: Uint8Array): Promise<Pixels> {
  imageSize(bytes);
  return begins(bytes, PNG) ? await ofPng(bytes) : await ofJpeg(bytes);
}

function refused(bytes: Uint8Array): never {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  const [known] = others.find(([, magic]) => magic.test(head)) ?? [];
  const hex = bytes.subarray(0, 8).toHex();
  throw new SyntaxError(
    `must be a PNG or a JPEG: current bytes ${
      known !== undefined ? `are ${known}` : hex === "" ? "are none" : `begin with ${hex}`
    }`,
  );
}

const damaged = (kind: string, why: string): SyntaxError =>
  new SyntaxError(`must be a whole ${kind}: it is damaged or cut short: ${why}`);

interface Header extends ImageSize {
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

function headerOfPng(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  if (bytes.length < 33 || view.getUint32(12) !== 0x49484452) {
    throw damaged("PNG", "it has no header");
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: view.getUint8(24),
    colour: view.getUint8(25),
    interlaced: view.getUint8(28) !== 0,
  };
}

/** A JPEG's frame, which says how large it is: the first segment of a kind from C0 to CF that is no table. */
function frameOfJpeg(bytes: Uint8Array): ImageSize {
  const view = viewOf(bytes);
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const kind = bytes[at + 1]!;
    if (kind === 0xff) {
      at++;
      continue;
    }
    if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw damaged("JPEG", "it does not say how large it is");
}

/** What decides a PNG's pixels; all else may unpack to anything, and is left out. */
const CHUNKS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
/** Numbers a pixel by its kind of colour: grey, none, colour, palette, grey and alpha, none, colour and alpha. */
const CHANNELS = [1, 0, 3, 1, 2, 0, 4];

async function ofPng(bytes: Uint8Array): Promise<Pixels> {
  const header = headerOfPng(bytes);
  const { width, height, depth, colour, interlaced } = header;
  if (interlaced && depth < 8) {
    throw new SyntaxError(
      `must be a PNG that is read here: it is interlaced, with ${depth} bits a number`,
    );
  }
  const { convertIndexedToRgb, decode } = await import("fast-png");
  try {
    const { kept, data } = chunksOf(bytes);
    // The library unpacks whatever there is; an interlaced image has some more bytes a row.
    const row = Math.ceil(width * CHANNELS[colour]! * depth / 8) + 8;
    inflateSync(data, { maxOutputLength: 2 * height * row });
    const image = decode(kept, { checkCrc: true });
    const { palette } = image;
    if (palette) {
      if (colour !== 3) return { width, height, rgb: onWhite(image.data, image.channels, depth) };
      const found = convertIndexedToRgb(image);
      return { width, height, rgb: onWhite(found, palette[0]!.length, 8) };
    }
    const whole = depth < 8 ? unpacked(image.data, header) : image.data;
    return { width, height, rgb: onWhite(whole, image.channels, depth) };
  } catch (error) {
    throw damaged("PNG", reasonOf(error));
  }
}

/** The chunks that decide pixels as a PNG of its own, and the packed pixels of all of them. */
function chunksOf(bytes: Uint8Array): { readonly kept: Uint8Array; readonly data: Uint8Array } {
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, PNG.length)];
  const data: Uint8Array[] = [];
  for (let at = PNG.length; at < bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) throw new RangeError("it ends within a chunk");
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (CHUNKS.includes(kind)) kept.push(bytes.subarray(at, end));
    if (kind === "IDAT") data.push(bytes.subarray(at + 8, end - 4));
    if (kind === "IEND") break;
    at = end;
  }
  return { kept: whole(kept), data: whole(data) };
}

const whole = (parts: readonly Uint8Array[]): Uint8Array =>
  joined(parts, parts.reduce((sum, { length }) => sum + length, 0));
const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Numbers of 1, 2 or 4 bits, each row in bytes of its own, one a byte. */
function unpacked(data: ArrayLike<number>, { width, height, depth }: Header): Uint8Array {
  const out = new Uint8Array(width * height);
  const row = Math.ceil(width * depth / 8);
  const most = 2 ** depth - 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      out[i++] = data[y * row + (bit >> 3)]! >> (8 - depth - (bit & 7)) & most;
    }
  }
  return out;
}

/** Grey or colour, with alpha or without, as red, green and blue on white. */
function onWhite(data: ArrayLike<number>, channels: number, depth: number): Uint8Array {
  const most = 2 ** depth - 1;
  const [colours, clear] = [channels < 3 ? 1 : 3, channels % 2 === 0];
  const n = Math.floor(data.length / channels);
  const rgb = new Uint8Array(3 * n);
  for (let i = 0; i < n; i++) {
    const at = channels * i;
    const alpha = clear ? data[at + colours]! / most : 1;
    for (let c = 0; c < 3; c++) {
      const x = data[at + (colours === 1 ? 0 : c)]! / most;
      rgb[3 * i + c] = Math.round(255 * (1 - alpha + alpha * x));
    }
  }
  return rgb;
}

/** Memory that a JPEG's decoder may take, in MiB. */
const JPEG_MEMORY = 1024;

async function ofJpeg(bytes: Uint8Array): Promise<Pixels> {
  const { default: { decode } } = await import("jpeg-js");
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: mostImage.pixels / 1e6,
      maxMemoryUsageInMB: JPEG_MEMORY,
    });
    return { width, height, rgb: data };
  } catch (error) {
    throw damaged("JPEG", reasonOf(error));
  }
}

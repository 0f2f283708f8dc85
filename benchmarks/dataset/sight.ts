/** What the model sees of an image, and the images of many prompts together. */
import { createHash } from "node:crypto";
import { pixelsOf } from "../../formats/mod.ts";

/** Patches a side of the image that the model sees, and pixels a side of a patch. */
const [PATCHES, SIDE] = [4, 4];
const WIDE = PATCHES * SIDE;
const COLOURS = 3;
/** What the model sees: 16 × 16 pixels as 16 patches of 4 × 4, row by row, pixels and colours likewise. */
export const image = { count: PATCHES ** 2, numbers: SIDE ** 2 * COLOURS } as const;

/** The numbers of an image's patches from 0 to 255, by the average over all that lies within each pixel. */
export async function see(bytes: Uint8Array): Promise<Uint8Array> {
  const { width, height, rgb } = await pixelsOf(bytes);
  const [columns, rows] = [overlaps(width), overlaps(height)];
  const seen = new Uint8Array(image.count * image.numbers);
  const area = width * height / WIDE ** 2;
  const sums = [0, 0, 0];
  for (let y = 0; y < WIDE; y++) {
    for (let x = 0; x < WIDE; x++) {
      sums.fill(0);
      for (const { at: row, share: high } of rows[y]!) {
        for (const { at: column, share: wide } of columns[x]!) {
          const from = COLOURS * (row * width + column);
          for (let c = 0; c < COLOURS; c++) sums[c]! += high * wide * rgb[from + c]!;
        }
      }
      const patch = Math.floor(y / SIDE) * PATCHES + Math.floor(x / SIDE);
      const pixel = y % SIDE * SIDE + x % SIDE;
      const to = patch * image.numbers + COLOURS * pixel;
      for (let c = 0; c < COLOURS; c++) seen[to + c] = Math.round(sums[c]! / area);
    }
  }
  return seen;
}

/** Of each of the model's pixels along a side, how much of which of the image's `size` lies within it. */
function overlaps(size: number): { readonly at: number; readonly share: number }[][] {
  return Array.from({ length: WIDE }, (_, i) => {
    const [from, to] = [i * size / WIDE, (i + 1) * size / WIDE];
    const first = Math.floor(from);
    return Array.from({ length: Math.ceil(to) - first }, (_, k) => ({
      at: first + k,
      share: Math.min(to, first + k + 1) - Math.max(from, first + k),
    }));
  });
}

/** What a model is fed of an image: from −1 to 1, and 0 throughout where there is none. */
export const patchesOf = (seen: Uint8Array | undefined): Float32Array =>
  seen
    ? Float32Array.from(seen, (x) => x / 127.5 - 1)
    : new Float32Array(image.count * image.numbers);

/** Images of prompts, each once. */
export interface Images {
  /** The pixels of one image after another, as `see` gives them. */
  readonly pixels: Uint8Array;
  /** For each prompt, which of them it shows, from 1; 0 is none. */
  readonly of: Uint32Array;
}
/** Images under construction. */
export function imageStore() {
  const size = image.count * image.numbers;
  const known = new Map<string, number>();
  let pixels = new Uint8Array(0);
  const of: number[] = [];
  return {
    /** The number of what is seen of an image, from 1; 0 for none. */
    add(seen: Uint8Array | undefined): number {
      if (!seen) return 0;
      const key = createHash("sha256").update(seen).digest("base64");
      const before = known.get(key);
      if (before !== undefined) return before;
      const n = known.size + 1;
      known.set(key, n);
      if (n * size > pixels.length) {
        const larger = new Uint8Array(size * Math.max(64, 2 * n));
        larger.set(pixels);
        pixels = larger;
      }
      pixels.set(seen, (n - 1) * size);
      return n;
    },
    /** Says which image a prompt shows. */
    show(prompt: number, image: number) {
      of[prompt] = image;
    },
    of: (prompt: number): number => of[prompt]!,
    /** Nothing where no prompt shows one. */
    done(): { readonly images?: Images } {
      if (known.size === 0) return {};
      return { images: { pixels: pixels.slice(0, known.size * size), of: Uint32Array.from(of) } };
    },
  };
}

/** What is seen of the image of a prompt, if it has one. */
export function seenBy(images: Images | undefined, prompt: number): Uint8Array | undefined {
  const n = images?.of[prompt] ?? 0;
  const size = image.count * image.numbers;
  return n === 0 ? undefined : images!.pixels.subarray((n - 1) * size, n * size);
}

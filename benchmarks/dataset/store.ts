import type { Encoded, Facts } from "./encode.ts";

/** What precedes the arrays: the facts, and how many elements each array has. */
interface Header {
  readonly facts: Facts;
  /** Whether a token takes four bytes and not two. */
  readonly wide: boolean;
  readonly lengths: readonly number[];
}

/** Arrays of rows without images. */
const TEXTS = 12;

/** An encoded dataset as bytes: the length of a JSON header, the header, then the arrays, widest elements first. */
export function toBytes(data: Encoded): Uint8Array {
  const arrays = [
    data.scores,
    data.strengths,
    data.promptOf,
    data.textOf,
    data.groups,
    data.members,
    data.ends,
    data.heldOut,
    data.prompts.ends,
    data.answers.ends,
    ...data.images ? [data.images.of] : [],
    data.prompts.tokens,
    data.answers.tokens,
    ...data.images ? [data.images.pixels] : [],
  ];
  const header: Header = {
    facts: data.facts,
    wide: data.prompts.tokens instanceof Uint32Array,
    lengths: arrays.map((array) => array.length),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 4 + json.length;
  const bytes = new Uint8Array(arrays.reduce((size, array) => size + array.byteLength, start));
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  let at = start;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
}

/** Reads back what `toBytes` wrote. */
export function fromBytes(bytes: Uint8Array): Encoded {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const header: Header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  // Copied, because an array of wider elements must start at a multiple of its element's size.
  const body = bytes.slice(4 + length).buffer;
  let [at, i] = [0, 0];
  const next = <T>(Kind: ArrayKind<T>): T => {
    const count = header.lengths[i++]!;
    const array = new Kind(body, at, count);
    at += Kind.BYTES_PER_ELEMENT * count;
    return array;
  };
  const whole = () => next(Uint32Array);
  const tokens = () => header.wide ? next(Uint32Array) : next(Uint16Array);
  const [scores, strengths] = [next(Float64Array), next(Float64Array)];
  const [promptOf, textOf, groups, members] = [whole(), whole(), whole(), whole()];
  const [ends, heldOut, promptEnds, answerEnds] = [whole(), whole(), whole(), whole()];
  const imageOf = header.lengths.length > TEXTS ? whole() : undefined;
  const encoded = {
    facts: header.facts,
    scores,
    strengths,
    promptOf,
    textOf,
    groups,
    members,
    ends,
    heldOut,
    prompts: { ends: promptEnds, tokens: tokens() },
    answers: { ends: answerEnds, tokens: tokens() },
  };
  return imageOf ? { ...encoded, images: { of: imageOf, pixels: next(Uint8Array) } } : encoded;
}

interface ArrayKind<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): T;
}

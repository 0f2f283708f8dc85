import type { Encoded, Facts } from "./encode.ts";

/** What precedes the arrays: the facts, and how many elements each array has. */
interface Header {
  readonly facts: Facts;
  /** Whether a token takes four bytes and not two. */
  readonly wide: boolean;
  readonly lengths: readonly number[];
}

/** An encoded dataset as bytes: the length of a JSON header, the header, then the arrays. */
export function toBytes(data: Encoded): Uint8Array {
  const arrays = [
    data.promptOf,
    data.heldOut,
    data.prompts.ends,
    data.answers.ends,
    data.prompts.tokens,
    data.answers.tokens,
    data.good,
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
  let at = 0;
  const next = <T>(Kind: ArrayKind<T>, i: number): T => {
    const array = new Kind(body, at, header.lengths[i]!);
    at += Kind.BYTES_PER_ELEMENT * header.lengths[i]!;
    return array;
  };
  const promptOf = next(Uint32Array, 0);
  const heldOut = next(Uint32Array, 1);
  const promptEnds = next(Uint32Array, 2);
  const answerEnds = next(Uint32Array, 3);
  const tokens = (i: number) => header.wide ? next(Uint32Array, i) : next(Uint16Array, i);
  return {
    facts: header.facts,
    promptOf,
    heldOut,
    prompts: { ends: promptEnds, tokens: tokens(4) },
    answers: { ends: answerEnds, tokens: tokens(5) },
    good: next(Uint8Array, 6),
  };
}

interface ArrayKind<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): T;
}

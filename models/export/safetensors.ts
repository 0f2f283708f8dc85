import type { Params } from "../../core/mod.ts";

/**
 * Arrays as a safetensors file: length of the header, header, float32 arrays end to end in the order
 * given. Its metadata says `format: pt`, without which transformers does not read it.
 */
export function safetensors(params: Params): Uint8Array {
  let at = 0;
  const entries = Object.entries(params).map(([name, { shape, data }]) => {
    const data_offsets = [at, at += 4 * data.length];
    return [name, { dtype: "F32", shape, data_offsets }];
  });
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  const unpadded = new TextEncoder().encode(json);
  // Spaces to a multiple of 8, so that the arrays lie where typed arrays may start.
  const head = new Uint8Array(Math.ceil(unpadded.length / 8) * 8).fill(0x20);
  head.set(unpadded);
  const bytes = new Uint8Array(8 + head.length + at);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let place = 8 + head.length;
  for (const { data } of Object.values(params)) {
    for (const x of data) {
      view.setFloat32(place, x, true);
      place += 4;
    }
  }
  return bytes;
}

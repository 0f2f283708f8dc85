/** Parameters as bytes in the safetensors layout: header length, header, float32 arrays end to end. */
import { z } from "zod";
import { type Params, size, type Tensor } from "../../core/mod.ts";

const header = z.record(
  z.string(),
  z.object({
    dtype: z.literal("F32"),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

export function writeParams(params: Params): Uint8Array {
  let at = 0;
  const entries = Object.entries(params).map(([name, { shape, data }]) => {
    const data_offsets = [at, at += 4 * data.length];
    return [name, { dtype: "F32", shape, data_offsets }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  // Spaces to a multiple of 8, so that the arrays lie where typed arrays may start.
  const head = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
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

/** Throws a SyntaxError on bytes that are no parameters in this layout. */
export function readParams(bytes: Uint8Array): Params {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (why: string, cause?: unknown) =>
    new SyntaxError(`Cannot read parameters from ${bytes.length} bytes: ${why}`, { cause });
  if (bytes.length < 8) throw broken("there is no header");
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > bytes.length) throw broken(`the header says that it ends at ${start}`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  } catch (error) {
    throw broken("the header is not JSON", error);
  }
  const parsed = header.safeParse(json);
  if (!parsed.success) throw broken(z.prettifyError(parsed.error));
  return Object.fromEntries(
    Object.entries(parsed.data).map(([name, { shape, data_offsets: [from, to] }]) => {
      const count = size(shape);
      if (to - from !== 4 * count || start + to > bytes.length) {
        throw broken(`${name} of shape [${shape}] cannot lie from ${from} to ${to}`);
      }
      const data = Float32Array.from(
        { length: count },
        (_, i) => view.getFloat32(start + from + 4 * i, true),
      );
      return [name, { shape, data } satisfies Tensor];
    }),
  );
}

import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { Raw } from "./raw.tsx";

/**
 * Markup that a page shows when somebody asks for it, compressed: boards of every measure would
 * otherwise be half of a large report. `client/unpacked.ts` reads it.
 */
export function Packed({ measure, children }: {
  readonly measure: string;
  readonly children: VNode;
}): VNode {
  const packed = deflateRawSync(Buffer.from(renderToString(children)), { level: 9 });
  // Base64 holds nothing that ends a script.
  const text = packed.toString("base64");
  return <Raw tag="script" type="application/octet-stream" data-measure={measure} text={text} />;
}

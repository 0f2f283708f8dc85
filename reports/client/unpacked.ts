/// <reference lib="dom" />

/** Text that `reports/parts/packed.tsx` compressed: base64 of raw deflate. */
export function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

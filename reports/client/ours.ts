/// <reference lib="dom" />

/** HTML that our own renderer wrote: a fragment of this site. */
export function ours(html: unknown): Node {
  const template = document.createElement("template");
  template.innerHTML = String(html);
  return template.content;
}

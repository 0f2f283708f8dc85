/// <reference lib="dom" />
/** The page's state as its address holds it: "#section&name=value&…". */

export const state = new Map<string, string>();
/** The part of the page that the address points at. */
export const place = { section: "" };

/** Reads the address; true if it holds values and not a section alone. */
export function read(): boolean {
  const parts = location.hash.slice(1).split("&").filter((part) => part !== "");
  place.section = parts.find((part) => !part.includes("=")) ?? "";
  const values = parts.filter((part) => part.includes("="));
  if (values.length > 0) state.clear();
  for (const part of values) {
    const at = part.indexOf("=");
    state.set(part.slice(0, at), decoded(part.slice(at + 1)));
  }
  return values.length > 0;
}

/** An address is typed by people: what cannot be decoded is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

export function write(): void {
  const values = [...state].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const hash = [...place.section === "" ? [] : [place.section], ...values].join("&");
  history.replaceState(null, "", hash === "" ? location.pathname : `#${hash}`);
}

export function remember(name: string, value: string): void {
  if (value === "") state.delete(name);
  else state.set(name, value);
  write();
}

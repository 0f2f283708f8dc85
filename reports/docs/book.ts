import { dirname, join, normalize } from "node:path/posix";
import { lexer, type Token, type Tokens } from "marked";

/** The pages of the documentation as one book: what each is called, where it lies, and who links to whom. */

/** A page as it is written: its path from the project's folder, and its Markdown. */
export interface Written {
  readonly path: string;
  readonly text: string;
}

/** A heading of the second level or below, with what stands under it. */
export interface Part {
  readonly title: string;
  readonly anchor: string;
  readonly depth: number;
  /** Words without their marks. */
  readonly words: string;
}

/** A page that has been read. */
export interface Leaf {
  readonly path: string;
  /** Where it lies in the site. */
  readonly address: string;
  readonly title: string;
  /** All that follows the title. */
  readonly tokens: readonly Token[];
  readonly parts: readonly Part[];
}

/** Pages under a title, as the table of contents groups them. */
export interface Chapter {
  readonly title: string;
  readonly leaves: readonly { readonly leaf: Leaf; readonly name: string }[];
}

/** All pages, by their paths, and their order. */
export interface Book {
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly chapters: readonly Chapter[];
}

const CONTENTS = "docs/README.md";

/** Pages that lie outside `docs/`; the README is the front of the book. */
const outside: { readonly [path: string]: string } = {
  "README.md": "index.html",
  [CONTENTS]: "contents.html",
  "CONTRIBUTING.md": "contributing.html",
  "CHANGELOG.md": "changelog.html",
  "results/README.md": "baseline.html",
  "examples/README.md": "examples.html",
};

/** Where a page lies in the site, by its path in the project. */
const addressOf = (path: string): string =>
  outside[path] ?? path.replace(/^docs\//, "").replace(/\.md$/, ".html");

/** The anchor of a heading, as forges make it. */
export const anchorOf = (heading: string): string =>
  heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");

/** The words of tokens, without marks. */
export function wordsOf(tokens: readonly Token[]): string {
  return tokens.map((token): string => {
    if (token.type === "table") {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((row) => row.map((cell) => wordsOf(cell.tokens)).join(" · "))
        .join("\n");
    }
    if (token.type === "list") {
      return (token as Tokens.List).items.map((item) => wordsOf(item.tokens)).join("\n");
    }
    if (token.type === "space") return "\n";
    return "tokens" in token && token.tokens
      ? wordsOf(token.tokens)
      : "text" in token
      ? `${token.text}`
      : "";
  }).join("");
}

function leafOf({ path, text }: Written): Leaf {
  const [first, ...tokens] = lexer(text).filter(({ type }) => type !== "space");
  if (first?.type !== "heading" || first.depth !== 1) {
    throw new RangeError(`Cannot read ${path} as a page: expected a title in its first line`);
  }
  const heads = tokens.flatMap((token, at) => token.type === "heading" ? [{ token, at }] : []);
  const start = { title: "", anchor: "", depth: 1, words: within(tokens, 0, heads[0]?.at) };
  const parts = heads.map(({ token, at }, i): Part => {
    const title = wordsOf(token.tokens!);
    const words = within(tokens, at + 1, heads[i + 1]?.at);
    return { title, anchor: anchorOf(title), depth: (token as Tokens.Heading).depth, words };
  });
  const title = wordsOf(first.tokens!);
  return { path, address: addressOf(path), title, tokens, parts: [start, ...parts] };
}

const within = (tokens: readonly Token[], from: number, to?: number): string =>
  tokens.slice(from, to).map((token) => wordsOf([token])).join("\n");

/** A page's tokens, cut before each heading of the second level: its anchor, and "" for what is before them all. */
export function sectionsOf({ tokens }: Leaf): { anchor: string; tokens: Token[] }[] {
  const sections: { anchor: string; tokens: Token[] }[] = [{ anchor: "", tokens: [] }];
  for (const token of tokens) {
    if (token.type === "heading" && (token as Tokens.Heading).depth === 2) {
      sections.push({ anchor: anchorOf(wordsOf(token.tokens!)), tokens: [] });
    }
    sections.at(-1)!.tokens.push(token);
  }
  return sections;
}

/** Links of tokens, tables and lists included, in their order. */
export function linksIn(tokens: readonly Token[]): Tokens.Link[] {
  return tokens.flatMap((token): Tokens.Link[] => {
    if (token.type === "link") return [token as Tokens.Link];
    if (token.type === "table") {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].flat().flatMap((cell) => linksIn(cell.tokens));
    }
    if (token.type === "list") {
      return (token as Tokens.List).items.flatMap((item) => linksIn(item.tokens));
    }
    return "tokens" in token && token.tokens ? linksIn(token.tokens) : [];
  });
}

/**
 * The book of these pages, in the order of the table of contents, `docs/README.md`. A RangeError for
 * a page without a title, one that the table does not lead to, and two that lie at one address.
 */
export function book(written: readonly Written[]): Book {
  const leaves = new Map(written.map((page) => [page.path, leafOf(page)]));
  const addresses = Map.groupBy(leaves.values(), ({ address }) => address);
  for (const [address, all] of addresses) {
    if (all.length > 1) throw new RangeError(`Cannot write ${address} twice`);
  }
  const chapters = chaptersOf(leaves);
  const led = new Set(chapters.flatMap((chapter) => chapter.leaves.map(({ leaf }) => leaf.path)));
  const lost = [...leaves.keys()].filter((path) => !led.has(path));
  if (lost.length > 0) {
    throw new RangeError(`Cannot find ${lost.join(", ")} from ${CONTENTS}: no link leads there`);
  }
  return { leaves, chapters };
}

/** What the table of contents links to, each page once, under the heading that it is linked from. */
function chaptersOf(leaves: ReadonlyMap<string, Leaf>): Chapter[] {
  const contents = leaves.get(CONTENTS);
  if (!contents) throw new RangeError(`Cannot write a site without ${CONTENTS}`);
  const chapters: { title: string; leaves: { leaf: Leaf; name: string }[] }[] = [
    { title: "", leaves: [] },
  ];
  const seen = new Set<string>();
  const add = (leaf: Leaf, name: string) => {
    if (seen.has(leaf.path)) return;
    seen.add(leaf.path);
    chapters.at(-1)!.leaves.push({ leaf, name });
  };
  const front = leaves.get("README.md");
  if (front) add(front, "front page");
  add(contents, "contents");
  for (const token of contents.tokens) {
    if (token.type === "heading") chapters.push({ title: wordsOf(token.tokens!), leaves: [] });
    for (const link of linksIn([token])) {
      const leaf = leaves.get(joined(CONTENTS, link.href.split("#")[0]!));
      if (leaf) add(leaf, link.text);
    }
  }
  return chapters.filter(({ leaves }) => leaves.length > 0);
}

/** The path that a relative link of a page means, from the project's folder. */
const joined = (page: string, to: string): string => normalize(join(dirname(page), to));

/** What a link of a page leads to: a page of the book or a place in it, elsewhere, or a file of the project. */
export type Target =
  | { readonly kind: "page"; readonly address: string }
  | { readonly kind: "elsewhere"; readonly address: string }
  | { readonly kind: "file"; readonly path: string };

/** A RangeError for a page that is none, a heading that is not there, and an address of another kind. */
export function targetOf({ leaves }: Book, page: string, href: string): Target {
  if (/^https?:/.test(href)) return { kind: "elsewhere", address: href };
  if (/^[a-z]+:/i.test(href)) {
    throw new RangeError(`Cannot link ${page} to ${href}: expected https`);
  }
  const [to = "", anchor] = href.split("#");
  const path = to === "" ? page : joined(page, to);
  const leaf = leaves.get(path);
  if (!leaf) {
    if (path.endsWith(".md") || anchor !== undefined) {
      throw new RangeError(`Cannot link ${page} to ${href}: ${path} is no page`);
    }
    return { kind: "file", path };
  }
  if (anchor === undefined) return { kind: "page", address: leaf.address };
  if (!leaf.parts.some((part) => part.anchor === anchor)) {
    throw new RangeError(`Cannot link ${page} to ${href}: ${path} has no heading #${anchor}`);
  }
  return { kind: "page", address: `${leaf.address}#${anchor}` };
}

/** The path of a page's picture, from the project's folder. */
export const pictureAt = (page: string, href: string): string => joined(page, href);

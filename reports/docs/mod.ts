import { createHash } from "node:crypto";
import { type ComponentType, h, type VNode } from "preact";
import { render } from "preact-render-to-string";
import { assets, embeddable, json } from "../parts/assets.ts";
import { bundled } from "../parts/bundle.ts";
import { digest } from "../site/addresses.ts";
import type { Frame } from "../site/shell.tsx";
import type { Entry } from "../site/search.tsx";
import { type Book, book, type Written } from "./book.ts";
import type { Face } from "./faces.ts";
import { PLAYGROUND } from "./lesson.tsx";
import { FacePage, facePage, FindPage, LeafPage, type Shelf } from "./pages.tsx";

/** The documentation as a site: static files, a pure function of its pages and of what is exported. */
export type { Written } from "./book.ts";
export { declaration, type ExportedName, type Face } from "./faces.ts";

/** What the site is made of. */
export interface DocsInput {
  readonly title: string;
  readonly pages: readonly Written[];
  /** Pictures by their path from the project's folder. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  readonly faces: readonly Face[];
}

/** A file by its address from the site's root. */
export type DocsFile =
  & { readonly path: string }
  & (
    | { readonly text: string }
    | { readonly bytes: Uint8Array }
  );

/** Entries of the search, with what is searched and shown in part. */
type Section = readonly [...Entry, text: string];

/**
 * All files, equal bytes for equal input; what pages refer to comes before them.
 *
 * RangeError for a link that leads nowhere, a picture that is not there, and a page that the table
 * of contents does not lead to; TypeError for Markdown that no page has had yet.
 */
export async function* docs(input: DocsInput): AsyncGenerator<DocsFile, void> {
  const found = book(input.pages);
  const { style, scripts } = await assets("docs");
  const code = scripts.join("\n");
  const sheet = { path: `assets/docs.${digest(style)}.css`, text: style };
  const program = { path: `assets/docs.${digest(code)}.js`, text: code };
  yield sheet;
  yield program;
  const lessons = found.leaves.has(PLAYGROUND) ? await lessonsProgram(code) : undefined;
  if (lessons) yield lessons;
  const pictures = new Map<string, string>();
  for (const [path, bytes] of input.pictures) {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
    const name = path.slice(path.lastIndexOf("/") + 1).replace(/(\.\w+)$/, `.${hash}$1`);
    pictures.set(path, `assets/${name}`);
    yield { path: `assets/${name}`, bytes };
  }
  const text = JSON.stringify(sections(found, input.faces));
  const id = `search.${digest(text)}`;
  const index = { path: `data/${id}.js`, text: `prefbench.give(${json(id)},${json(text)});\n` };
  yield index;

  const frame: Frame = {
    title: input.title,
    style: sheet.path,
    script: program.path,
    pictures: pictures.size > 0,
    links: [
      { to: "contents.html", text: "Contents" },
      ...input.faces.slice(0, 1).map((face) => ({ to: facePage(face), text: "Reference" })),
      { to: "search.html", text: "Search" },
    ],
  };
  const shelf: Shelf = { frame, book: found, faces: input.faces, pictures };
  const page = <P extends object>(path: string, of: ComponentType<P>, props: P): DocsFile => ({
    path,
    text: `<!doctype html>\n${render(h(of, props) as VNode)}\n`,
  });
  for (const face of input.faces) yield page(facePage(face), FacePage, { shelf, face });
  yield page("search.html", FindPage, { shelf, index: index.path });
  // The front page comes last: whoever opens it finds all that it leads to.
  for (const leaf of [...found.leaves.values()].reverse()) {
    const own = lessons && leaf.path === PLAYGROUND
      ? { ...shelf, frame: { ...frame, script: lessons.path } }
      : shelf;
    yield page(leaf.address, LeafPage, { shelf: own, leaf });
  }
}

/** The script of every page, and after it that of the lessons with the engine and the methods that they train. */
async function lessonsProgram(code: string): Promise<{ path: string; text: string }> {
  const text = `${code}\n${
    embeddable(await bundled([new URL("../play/page.ts", import.meta.url)]))
  }`;
  return { path: `assets/play.${digest(text)}.js`, text };
}

/** What can be found: each section of each page, and each exported name. */
function sections({ leaves }: Book, faces: readonly Face[]): Section[] {
  return [
    ...[...leaves.values()].flatMap(({ title, address, parts }) =>
      parts.map((part): Section => [
        "page",
        part.title === "" ? title : `${title}: ${part.title}`,
        "",
        part.anchor === "" ? address : `${address}#${part.anchor}`,
        part.words,
      ])
    ),
    ...faces.filter(({ name }) => name.includes("/")).flatMap((face) =>
      face.entries.map(({ name, says }): Section => [
        "name",
        name,
        face.name,
        `${facePage(face)}#${name}`,
        says,
      ])
    ),
  ];
}

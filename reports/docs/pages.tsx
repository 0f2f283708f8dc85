import { type ComponentChildren, Fragment, type VNode } from "preact";
import { from } from "../site/addresses.ts";
import { Finder } from "../site/search.tsx";
import { type Frame, SitePage } from "../site/shell.tsx";
import { type Book, type Leaf, sectionsOf } from "./book.ts";
import type { Face } from "./faces.ts";
import { Lesson, lessonUnder, PLAYGROUND } from "./lesson.tsx";
import { Blocks, type Drawn } from "./markdown.tsx";

/** Pages of the documentation: those of the book, the reference, and the search. */

/** What all pages share. */
export interface Shelf {
  readonly frame: Frame;
  readonly book: Book;
  readonly faces: readonly Face[];
  readonly pictures: ReadonlyMap<string, string>;
}

export const facePage = ({ name }: Pick<Face, "name">): string =>
  `api/${name.replaceAll("/", "-")}.html`;

/** A page of the book. */
export function LeafPage({ shelf, leaf }: {
  readonly shelf: Shelf;
  readonly leaf: Leaf;
}): VNode {
  const { book, pictures } = shelf;
  const drawn = { book, leaf, pictures };
  if (leaf.path === PLAYGROUND) return <PlayPage shelf={shelf} drawn={drawn} />;
  return (
    <Beside shelf={shelf} path={leaf.address} title={leaf.title} parts={leaf.parts}>
      <Blocks drawn={drawn} tokens={leaf.tokens} />
    </Beside>
  );
}

/** The page whose sections end in what they are about. */
function PlayPage({ shelf, drawn }: { readonly shelf: Shelf; readonly drawn: Drawn }): VNode {
  const { address, title, parts } = drawn.leaf;
  return (
    <Beside shelf={shelf} path={address} title={title} parts={parts} needs="Training">
      {sectionsOf(drawn.leaf).map(({ anchor, tokens }) => {
        const lesson = lessonUnder[anchor];
        return (
          <Fragment key={anchor}>
            <Blocks drawn={drawn} tokens={tokens} />
            {lesson !== undefined && <Lesson id={lesson} />}
          </Fragment>
        );
      })}
    </Beside>
  );
}

/** What a subpath exports, by name. */
export function FacePage({ shelf, face }: { readonly shelf: Shelf; readonly face: Face }): VNode {
  return (
    <Beside shelf={shelf} path={facePage(face)} title={face.name} parts={[]}>
      <Said text={face.says} />
      <p class="note">
        {face.entries.length} names: {face.entries.map(({ name }, i) => (
          <Fragment key={name}>
            {i > 0 && ", "}
            <a href={`#${name}`}>{name}</a>
          </Fragment>
        ))}
      </p>
      {face.entries.map(({ name, says, code }) => (
        <div class="exported" key={name}>
          <h2 id={name}>{name}</h2>
          <Said text={says} />
          <pre tabIndex={0}><code>{code}</code></pre>
        </div>
      ))}
    </Beside>
  );
}

/** A comment: paragraphs, in which code is between backticks. */
function Said({ text }: { readonly text: string }): VNode {
  return (
    <>
      {text.split(/\n\s*\n/).filter((one) => one !== "").map((paragraph, i) => (
        <p key={i}>
          {paragraph.split("`").map((part, j) =>
            // A string by itself in a list would be escaped twice.
            j % 2 === 1 ? <code key={j}>{part}</code> : <span key={j}>{part}</span>
          )}
        </p>
      ))}
    </>
  );
}

/** All pages by their words. */
export function FindPage({ shelf, index }: {
  readonly shelf: Shelf;
  readonly index: string;
}): VNode {
  const data = { index, hint: "Every word must occur in one section of a page." };
  return (
    <Beside
      shelf={shelf}
      path="search.html"
      title="Search"
      parts={[]}
      data={data}
      needs="Searching"
    >
      <Finder />
    </Beside>
  );
}

/** A page beside the list of all, which has the page's own headings under it. */
function Beside({ shelf, path, title, parts, data, needs, children }: {
  readonly shelf: Shelf;
  readonly path: string;
  readonly title: string;
  readonly parts: Leaf["parts"];
  readonly data?: unknown;
  /** What on the page needs JavaScript, if anything but the theme does. */
  readonly needs?: string;
  readonly children: ComponentChildren;
}): VNode {
  const { frame, book, faces } = shelf;
  const heads = parts.filter(({ depth }) => depth === 2);
  const here = (address: string, name: string) => (
    <li key={address}>
      <a href={from(path, address)} aria-current={address === path ? "page" : undefined}>{name}</a>
      {address === path && heads.length > 1 && (
        <ul>
          {heads.map(({ title, anchor }) => (
            <li key={anchor}>
              <a href={`#${anchor}`}>{title}</a>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
  return (
    <SitePage
      frame={frame}
      path={path}
      title={title}
      heading={title}
      {...data === undefined ? {} : { data }}
      {...needs === undefined ? {} : { unscripted: `${needs} needs JavaScript.` }}
    >
      <div class="book">
        <article>{children}</article>
        <nav class="pages" id="pages" aria-label="Pages">
          {book.chapters.map(({ title, leaves }) => (
            <Shelved key={title} title={title}>
              {leaves.map(({ leaf, name }) => here(leaf.address, capital(name)))}
            </Shelved>
          ))}
          {faces.length > 0 && (
            <Shelved title="Reference">
              {faces.map((face) => here(facePage(face), face.name))}
            </Shelved>
          )}
        </nav>
      </div>
    </SitePage>
  );
}

const capital = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

function Shelved({ title, children }: {
  readonly title: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <>
      {title !== "" && <p class="shelf">{title}</p>}
      <ul>{children}</ul>
    </>
  );
}

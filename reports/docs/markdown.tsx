import type { ComponentChildren, VNode } from "preact";
import type { Token, Tokens } from "marked";
import { from } from "../site/addresses.ts";
import { anchorOf, type Book, type Leaf, pictureAt, targetOf, wordsOf } from "./book.ts";

/** Markdown as elements. What a page may hold is what stands here: markup of its own is an error. */

/** What drawing a page needs to know. */
export interface Drawn {
  readonly book: Book;
  readonly leaf: Leaf;
  /** Where a picture of the project lies in the site. */
  readonly pictures: ReadonlyMap<string, string>;
}

export const Blocks = ({ drawn, tokens }: {
  readonly drawn: Drawn;
  readonly tokens: readonly Token[];
}): VNode => <>{tokens.map((token, i) => <Block key={i} drawn={drawn} token={token} />)}</>;

type Draw = (drawn: Drawn, token: Token) => ComponentChildren;

const blocks: { readonly [type: string]: Draw } = {
  space: () => null,
  paragraph: (drawn, token) => <p>{spans(drawn, token)}</p>,
  // Of a list's item.
  text: (drawn, token) => "tokens" in token ? spans(drawn, token) : <Span {...{ drawn, token }} />,
  heading: (drawn, token) => <Heading drawn={drawn} token={token as Tokens.Heading} />,
  code: (_, token) => <pre tabIndex={0}><code>{(token as Tokens.Code).text}</code></pre>,
  list: (drawn, token) => <List drawn={drawn} token={token as Tokens.List} />,
  table: (drawn, token) => <Table drawn={drawn} token={token as Tokens.Table} />,
};

const inline: { readonly [type: string]: Draw } = {
  text: (_, token) => (token as Tokens.Text).text.replaceAll("\n", " "),
  escape: (_, token) => (token as Tokens.Escape).text,
  codespan: (_, token) => <code>{words((token as Tokens.Codespan).text)}</code>,
  strong: (drawn, token) => <strong>{spans(drawn, token)}</strong>,
  em: (drawn, token) => <em>{spans(drawn, token)}</em>,
  link: (drawn, token) => <Link drawn={drawn} token={token as Tokens.Link} />,
  image: (drawn, token) => <Picture drawn={drawn} token={token as Tokens.Image} />,
};

/** Code in a line, of which an option is not broken after its dashes. */
function words(code: string): ComponentChildren {
  const parts = code.split(/((?<!\S)-[\w-]+)/);
  return parts.length === 1
    ? code
    : parts.map((part, i) => <span key={i} class={i % 2 === 1 ? "option" : undefined}>{part}
    </span>);
}

function Block({ drawn, token }: { readonly drawn: Drawn; readonly token: Token }): VNode {
  return <>{drawnBy(blocks, drawn, token)}</>;
}

function Span({ drawn, token }: { readonly drawn: Drawn; readonly token: Token }): VNode {
  return <>{drawnBy(inline, drawn, token)}</>;
}

function drawnBy(
  kinds: { readonly [type: string]: Draw },
  drawn: Drawn,
  token: Token,
): ComponentChildren {
  const draw = Object.hasOwn(kinds, token.type) ? kinds[token.type] : undefined;
  if (draw) return draw(drawn, token);
  throw new TypeError(`Cannot draw ${token.type} in ${drawn.leaf.path}: found ${token.raw}`);
}

/** What stands in a line. */
function spans(drawn: Drawn, of: Token | Tokens.TableCell): ComponentChildren {
  const tokens = "tokens" in of ? of.tokens ?? [] : [];
  return tokens.map((token, i) => <Span key={i} drawn={drawn} token={token} />);
}

function Heading({ drawn, token }: {
  readonly drawn: Drawn;
  readonly token: Tokens.Heading;
}): VNode {
  const Tag = `h${Math.min(token.depth, 4)}` as "h2" | "h3" | "h4";
  const anchor = anchorOf(wordsOf(token.tokens));
  return (
    <Tag id={anchor}>
      <a class="anchor" href={`#${anchor}`}>{spans(drawn, token)}</a>
    </Tag>
  );
}

function List({ drawn, token }: { readonly drawn: Drawn; readonly token: Tokens.List }): VNode {
  const Tag = token.ordered ? "ol" : "ul";
  return (
    <Tag class="prose">
      {token.items.map((item, i) => (
        <li key={i}>
          <Blocks drawn={drawn} tokens={item.tokens} />
        </li>
      ))}
    </Tag>
  );
}

/** A table in a frame of its own that scrolls: it is a region, so that a keyboard reaches it. */
function Table({ drawn, token }: { readonly drawn: Drawn; readonly token: Tokens.Table }): VNode {
  const name = token.header.map(({ tokens }) => wordsOf(tokens)).filter((one) => one !== "").join(
    ", ",
  );
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={`Table: ${name}`}>
      <table class="text">
        <thead>
          <tr>
            {token.header.map((cell, i) => (
              cell.tokens.length === 0
                ? <td key={i} />
                : <th key={i} scope="col">{spans(drawn, cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                j === 0
                  ? <th key={j} scope="row">{spans(drawn, cell)}</th>
                  : <td key={j}>{spans(drawn, cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A link to what the site has; what only the project has is named and not linked. */
function Link({ drawn, token }: { readonly drawn: Drawn; readonly token: Tokens.Link }): VNode {
  const { book, leaf } = drawn;
  const target = targetOf(book, leaf.path, token.href);
  const text = spans(drawn, token);
  if (target.kind === "file") return <span title={target.path}>{text}</span>;
  if (target.kind === "elsewhere") return <a href={target.address} rel="noreferrer">{text}</a>;
  return <a href={from(leaf.address, target.address)}>{text}</a>;
}

function Picture({ drawn, token }: { readonly drawn: Drawn; readonly token: Tokens.Image }): VNode {
  const path = pictureAt(drawn.leaf.path, token.href);
  const address = drawn.pictures.get(path);
  if (address === undefined) {
    throw new RangeError(`Cannot show ${path} in ${drawn.leaf.path}: there is no such picture`);
  }
  return <img src={from(drawn.leaf.address, address)} alt={token.text} />;
}

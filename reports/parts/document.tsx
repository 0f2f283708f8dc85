import type { ComponentChildren, VNode } from "preact";
import { type Assets, hash, json } from "./assets.ts";
import { Raw } from "./raw.tsx";

/** Files beside a page of a site, by their addresses as seen from it. */
export interface Linked {
  readonly style: string;
  readonly script: string;
}

/** A whole page, without its doctype: what it may load, its bar, its heading, its scripts and their data. */
export function Document(
  { title, skip, bar, heading, children, unscripted, data, asks, pictures, assets }: {
    readonly title: string;
    /** The first link, for who reads by keyboard. */
    readonly skip: { readonly to: string; readonly text: string };
    /** The bar's links, and what else stands in it. */
    readonly bar: {
      /** Where the name leads, the top of the page by default. */
      readonly home?: string;
      readonly links?: ComponentChildren;
      readonly more?: ComponentChildren;
    };
    readonly heading: string;
    readonly children: ComponentChildren;
    /** Said where no script runs. */
    readonly unscripted: string;
    readonly data?: unknown;
    /** Whether its scripts may ask the server that it came from; false by default. */
    readonly asks?: boolean;
    /** Whether it shows pictures of the site's; false by default. */
    readonly pictures?: boolean;
    /** Within the page, or in files of a site. */
    readonly assets: Assets | Linked;
  },
): VNode {
  const scripts = "scripts" in assets ? assets.scripts : [loader(assets.script)];
  const policy = [
    "default-src 'none'",
    // What a page of a site loads is decided by its loader, and by scripts which that has loaded.
    `script-src ${scripts.map(hash).join(" ")}${"scripts" in assets ? "" : " 'strict-dynamic'"}`,
    // A file that is opened from a disk has no origin that every browser takes for its own.
    `style-src ${"scripts" in assets ? hash(assets.style) : "'self' file:"}`,
    ...pictures ? ["img-src 'self' file:"] : [],
    ...asks ? ["connect-src 'self'"] : [],
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        {"scripts" in assets
          ? <Raw tag="style" text={assets.style} />
          : <link rel="stylesheet" href={assets.style} />}
      </head>
      <body>
        <a class="skip" href={`#${skip.to}`}>{skip.text}</a>
        <header class="top">
          <a class="brand" href={bar.home ?? `#${skip.to}`}>prefbench</a>
          {bar.links !== undefined && <nav aria-label="Sections">{bar.links}</nav>}
          {bar.more}
          <button type="button" id="theme" class="quiet">Dark</button>
        </header>
        <main>
          <h1 class="size">{heading}</h1>
          {children}
        </main>
        <noscript>
          <p class="note">{unscripted}</p>
        </noscript>
        {data !== undefined && (
          <Raw tag="script" type="application/json" id="data" text={json(data)} />
        )}
        {scripts.map((text, i) => <Raw key={i} tag="script" text={text} />)}
      </body>
    </html>
  );
}

/**
 * The one script that stands in a page of a site. The address is part of it, and so of its hash:
 * an attribute that it read could be written by whoever smuggles markup into a page.
 */
const loader = (address: string): string =>
  `{const s=document.createElement("script");s.src=${json(address)};document.head.append(s)}`;

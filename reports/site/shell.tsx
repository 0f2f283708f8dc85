import type { ComponentChildren, VNode } from "preact";
import { Document } from "../parts/document.tsx";
import { from } from "./addresses.ts";

/** What every page of a site shares. */
export interface Frame {
  readonly title: string;
  /** Addresses from the site's root. */
  readonly style: string;
  readonly script: string;
  /** Whether pages show pictures of the site's; false by default. */
  readonly pictures?: boolean;
  readonly links: readonly { readonly to: string; readonly text: string }[];
}

/** A page of the site; `path` is its own address from the root. */
export function SitePage({ frame, path, title, heading, data, unscripted, children }: {
  readonly frame: Frame;
  readonly path: string;
  readonly title: string;
  readonly heading: string;
  readonly data?: unknown;
  /** What does not work without scripts, if anything does not. */
  readonly unscripted?: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <Document
      title={`${title}: ${frame.title}`}
      skip={{ to: "content", text: "Skip to the content" }}
      bar={bar(frame, path)}
      heading={heading}
      unscripted={unscripted ?? "Only the choice of the theme needs JavaScript here."}
      {...data === undefined ? {} : { data }}
      assets={linked(frame, path)}
      pictures={frame.pictures === true}
    >
      <div id="content">{children}</div>
    </Document>
  );
}

export const linked = (frame: Frame, path: string) => ({
  style: from(path, frame.style),
  script: from(path, frame.script),
});

/** The bar of every page, with the page itself marked. */
export const bar = (frame: Frame, path: string) => ({
  home: from(path, "index.html"),
  links: (
    <>
      {frame.links.map(({ to, text }) => (
        <a key={to} href={from(path, to)} aria-current={to === path ? "page" : undefined}>{text}</a>
      ))}
    </>
  ),
});

/** A table's data as files, below it. */
export function Downloads({ path, name }: {
  readonly path: string;
  readonly name: string;
}): VNode {
  return (
    <p class="note downloads">
      This table as <a href={from(path, `data/${name}.csv`)}>CSV</a> or{" "}
      <a href={from(path, `data/${name}.json`)}>JSON</a>.
    </p>
  );
}

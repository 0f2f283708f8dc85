import { createHash } from "node:crypto";
import type { Audit } from "../../core/mod.ts";

/** Where things lie in a site. A page's address follows from its subject's name alone, so that links last. */

/** A name as part of a file's: itself where it is plain, else what is plain of it and a hash. */
export function slug(name: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/.test(name)) return name;
  const plain = name.slice(0, 200).toLowerCase().replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "").slice(0, 32).replace(/-+$/, "");
  return `${plain === "" ? "x" : plain}-${digest(name)}`;
}

export const digest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 10);

export const methodPage = (method: string): string => `methods/${slug(method)}.html`;
export const modelPage = (model: string): string => `models/${slug(model)}.html`;

export const auditPage = ({ judge, protocol }: Audit): string =>
  `audits/${
    slug(
      [judge.id, ...protocol === undefined ? [] : [protocol], judge.fingerprint.slice(0, 8)].join(
        " ",
      ),
    )
  }.html`;

/** An address within the site as seen from a page of it. */
export const from = (page: string, to: string): string =>
  `${"../".repeat(page.split("/").length - 1)}${to}`;

/** Values of a page's state behind its address. */
export const state = (values: { readonly [name: string]: string }): string =>
  `#${
    Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")
  }`;

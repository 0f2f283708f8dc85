import { stripTypeScriptTypes } from "node:module";

/** Modules of the project as one script for a browser: each is taken whole, barrels are looked through. */

/** What a name is called where it comes from. */
interface Origin {
  readonly url: string;
  readonly name: string;
}

interface Module {
  readonly body: string;
  /** Where the names of its imports come from. */
  readonly imports: ReadonlyMap<string, Origin>;
  /** Names that it declares and exports, by the name that others see. */
  readonly own: ReadonlyMap<string, string>;
  /** Names that it passes on. */
  readonly passed: ReadonlyMap<string, Origin>;
  /** Modules all of whose names it passes on. */
  readonly stars: readonly string[];
}

/**
 * The script of entries, which run in their order, each after what it imports. Understands what the project's pure modules use:
 * imports by name or of a default, exports of declarations, lists and `*`. SyntaxError for other
 * forms and for what only a server has, such as `node:crypto`; ReferenceError for a name that nobody exports.
 */
export async function bundled(entries: readonly URL[]): Promise<string> {
  const known = new Map<string, Promise<Module>>();
  const read = (url: string): Promise<Module> => {
    const found = known.get(url) ?? module(url);
    known.set(url, found);
    return found;
  };
  /** Who declares a name that a module exports. */
  async function declared({ url, name }: Origin): Promise<Origin | undefined> {
    const { own, imports, passed, stars } = await read(url);
    const here = own.get(name);
    if (here !== undefined) {
      const from = imports.get(here);
      return from ? await declared(from) : { url, name };
    }
    const on = passed.get(name);
    if (on) return await declared(on);
    if (name === "default") return undefined;
    for (const star of stars) {
      const found = await declared({ url: star, name });
      if (found) return found;
    }
    return undefined;
  }
  const numbers = new Map<string, number>();
  const written: string[] = [];
  async function write(url: string): Promise<number> {
    const before = numbers.get(url);
    if (before !== undefined) return before;
    const { body, imports, own } = await read(url);
    const taken: string[] = [];
    for (const [local, wanted] of imports) {
      const origin = await declared(wanted);
      if (!origin) {
        throw new ReferenceError(`Cannot bundle ${url}: ${wanted.url} exports no ${wanted.name}`);
      }
      taken.push(`const ${local} = $${await write(origin.url)}[${JSON.stringify(origin.name)}];`);
    }
    const given = [...own].filter(([, local]) => !imports.has(local))
      .map(([name, local]) => `${JSON.stringify(name)}: ${local}`);
    const number = numbers.size;
    numbers.set(url, number);
    written.push(
      `const $${number} = (() => {\n${taken.join("\n")}\n${body}\nreturn { ${
        given.join(", ")
      } };\n})();`,
    );
    return number;
  }
  for (const { href } of entries) await write(href);
  return `(() => {\n"use strict";\n${written.join("\n")}\n})();`;
}

async function module(url: string): Promise<Module> {
  if (!url.startsWith("file:")) {
    throw new SyntaxError(`Cannot bundle ${url} for a browser: expected a file`);
  }
  const text = await Deno.readTextFile(new URL(url));
  const code = url.endsWith(".ts") ? stripTypeScriptTypes(text, { mode: "transform" }) : text;
  const imports = new Map<string, Origin>();
  const own = new Map<string, string>();
  const passed = new Map<string, Origin>();
  const stars: string[] = [];
  const at = (specifier: string): string =>
    specifier.startsWith(".") ? new URL(specifier, url).href : import.meta.resolve(specifier);
  // What strips types leaves a comment on the line of what it is about.
  const body = code
    .replace(
      /(?<=^|\*\/ )import \{([^}]*)\} from "([^"]+)";?$/gm,
      (_, names: string, from: string) => {
        for (const [name, local] of pairs(names)) imports.set(local, { url: at(from), name });
        return "";
      },
    )
    .replace(/(?<=^|\*\/ )import (\w+) from "([^"]+)";?$/gm, (_, local: string, from: string) => {
      imports.set(local, { url: at(from), name: "default" });
      return "";
    })
    .replace(
      /(?<=^|\*\/ )export \{([^}]*)\} from "([^"]+)";?$/gm,
      (_, names: string, from: string) => {
        for (const [name, as] of pairs(names)) passed.set(as, { url: at(from), name });
        return "";
      },
    )
    .replace(/(?<=^|\*\/ )export \* from "([^"]+)";?$/gm, (_, from: string) => {
      stars.push(at(from));
      return "";
    })
    .replace(/(?<=^|\*\/ )export \{([^}]*)\};?$/gm, (_, names: string) => {
      for (const [local, as] of pairs(names)) own.set(as, local);
      return "";
    })
    .replace(/(?<=^|\*\/ )export default /gm, () => {
      own.set("default", "$default");
      return "const $default = ";
    })
    .replace(
      /(?<=^|\*\/ )export ((?:async )?function|class|const) (\w+)/gm,
      (_, kind: string, id: string) => {
        own.set(id, id);
        return `${kind} ${id}`;
      },
    );
  const other = /(?<=^|\*\/ )(?:import|export)\b.*/m.exec(body);
  if (other) throw new SyntaxError(`Cannot bundle ${url}: found ${other[0]}`);
  return { body: `${await licenceOf(url)}${body.trim()}`, imports, own, passed, stars };
}

/** The licence of a package goes with its text, as most of them ask. */
async function licenceOf(url: string): Promise<string> {
  const [root] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(url) ?? [];
  return root === undefined ? "" : `/*!\n${await Deno.readTextFile(new URL("LICENSE", root))}*/\n`;
}

/** The names of a list, with what they become. */
const pairs = (list: string): [from: string, to: string][] =>
  list.split(",").map((one) => one.trim()).filter((one) => one !== "").map((one) => {
    const [name = "", as = name] = one.split(/\s+as\s+/);
    return [name, as];
  });

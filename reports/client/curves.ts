/// <reference lib="dom" />
import type { CurveData, TestbedData } from "../pages/data.ts";
import { axis, capital, name, plot, quantity, scale, series, show, title } from "./series.ts";
import type { Drawing, Ink, Series } from "./types.ts";

/** Charts whose lines are methods. Colours are filled in by draw.ts. */

/** At most so many lines bear their names. */
const LABELS = 8;

/** Names for all lines where they are few; else for those on the frontier, then for the best. */
function labelled(testbed: TestbedData): number[] {
  const all = testbed.curves.map(({ m }) => m);
  if (all.length <= LABELS) return all;
  const on = testbed.curves.filter(({ measures }) => {
    const [kl, gain] = [measures["kl"]?.at(-1), measures[testbed.bought ?? ""]?.at(-1)];
    return kl !== undefined && gain !== undefined &&
      testbed.frontier.some(([x, y]) => near(x, kl[0]) && near(y, gain[0]));
  }).map(({ m }) => m);
  return [...new Set([...on, ...all])].slice(0, LABELS);
}

/** Equal but for rounding. */
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-3 * Math.abs(b);

/** The exact optimum as far as a method went. */
function optimumOf({ optimum, curves }: TestbedData): readonly (readonly [number, number])[] {
  const most = Math.max(
    ...curves.flatMap(({ measures }) => (measures["kl"] ?? []).map(([kl]) => kl)),
  );
  return (optimum ?? []).filter(([kl]) => kl <= most * 1.1);
}

/** Reaches of the bought measure over a testbed: the upright axis that frontier and strips share. */
function reach(testbed: TestbedData, id: string): { readonly min: number; readonly max: number } {
  const values = testbed.curves.flatMap(({ measures, end }) => [
    ...(measures[id] ?? []).map(([mean]) => mean),
    ...(end[id] ?? []),
  ]).concat(optimumOf(testbed).map(([, gain]) => gain));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.06 * (high - low || 1);
  return { min: low - margin, max: high + margin };
}

const KL_TICKS = [0, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Those of ascending positions that leave a gap of at least `gap` to the one before. */
function spaced(positions: readonly number[], gap: number): number[] {
  const kept: number[] = [];
  for (const position of positions) {
    const last = kept[kept.length - 1];
    if (last === undefined || position - last >= gap) kept.push(position);
  }
  return kept;
}

/** What methods that have both measures paid and gained while they were trained, and the intervals at their ends. */
function courses(
  having: readonly CurveData[],
  price: string,
  gain: string,
  place: (x: number) => number,
): Series[] {
  const lines = having.map(({ m, measures, progress }) =>
    series(
      m,
      measures[price]!.map(([x], i) => ({
        x: place(x),
        y: measures[gain]![i]![0],
        price: x,
        progress: progress[i]!,
      })),
      { arrow: true },
    )
  );
  const ends = having.filter(({ end }) => end[price] !== undefined && end[gain] !== undefined).map(
    ({ m, end }) => ({
      type: "scatterWithErrorBars",
      m,
      role: "end",
      pointRadius: 0,
      data: [{
        x: place(end[price]![0]),
        xMin: place(end[price]![1]),
        xMax: place(end[price]![2]),
        y: end[gain]![0],
        yMin: end[gain]![1],
        yMax: end[gain]![2],
      }],
    } as unknown as Series),
  );
  return [...lines, ...ends];
}

/** Says what the dotted line is, at its end. */
const note = (ink: Ink, xValue: number, yValue: number) => ({
  optimum: {
    type: "label",
    xValue,
    yValue,
    content: "exact optimum",
    color: ink.muted,
    font: { size: 11 },
    position: { x: "end", y: "center" },
    xAdjust: -8,
  },
} as const);

/** The bought measure against a price, each method's training as a curve with an arrow. */
export function against(
  testbed: TestbedData,
  price: string,
  ink: Ink,
  { root, strip }: { readonly root: boolean; readonly strip: boolean },
): Drawing {
  const gain = testbed.bought;
  const having = gain === null
    ? []
    : testbed.curves.filter(({ measures }) =>
      measures[price] !== undefined && measures[gain] !== undefined
    );
  const heading = gain === null || strip
    ? `Against ${title(price)}`
    : `${capital(title(gain))} against ${title(price)} on ${testbed.label}`;
  if (gain === null || having.length === 0) {
    return {
      title: heading,
      described: heading,
      none: `No ${title(price)} is known on ${testbed.label}.`,
    };
  }
  // Reward grows with the root of KL near the start (Gao et al., 2022): drawn so, curves are straight there.
  const place = (x: number) => root ? Math.sqrt(Math.max(0, x)) : x;
  const y = reach(testbed, gain);
  const most = Math.max(
    ...having.flatMap(({ measures, end }) => [
      ...measures[price]!.map(([mean]) => mean),
      end[price]?.[2] ?? 0,
    ]),
  );
  const back = (points: readonly (readonly [number, number])[], more: object) => ({
    type: "scatter",
    m: -1,
    role: "other",
    showLine: true,
    pointRadius: 0,
    data: points.map(([x, y]) => ({ x: place(x), y })),
    ...more,
  } as unknown as Series);
  const optimum = optimumOf(testbed);
  const beyond = price === "kl" && optimum.length > 1;
  const [last] = optimum.slice(-1);
  const frontier = price !== "kl" ? [] : [
    back(testbed.frontier, { borderColor: ink.line, borderWidth: 9, borderJoinStyle: "round" }),
    ...beyond
      ? [back(optimum, { borderColor: ink.muted, borderWidth: 1.5, borderDash: [2, 4] })]
      : [],
  ];
  const names = labelled(testbed);
  return {
    title: heading,
    described: `${heading}: ${having.length} methods. The table of data holds the numbers.`,
    labelled: strip ? [] : names,
    leading: names,
    config: plot({
      datasets: [...courses(having, price, gain, place), ...frontier],
      named: !strip,
      x: scale(ink, {
        text: root ? `${axis(price)} (root scale)` : axis(price),
        ...(root
          ? {
            min: 0,
            max: place(most * 1.06),
            at: spaced(KL_TICKS.filter((tick) => tick <= most).map(place), place(most) / 14),
            ticks: (x: number) => show(x * x),
          }
          : {}),
      }),
      y: { ...scale(ink, { text: axis(gain), ...y, ...(strip ? { bare: true } : {}) }) },
      tooltip: (raw, label) =>
        `${label} at ${Math.round(100 * raw["progress"]!)} %: ${title(price)} ${
          show(raw["price"]!)
        }, ` +
        `${title(gain)} ${show(raw["y"]!)}`,
      annotations: beyond && last !== undefined ? note(ink, place(last[0]), last[1]) : {},
    }),
    table: {
      head: ["Method", "Share of the budget", axis(price), axis(gain)],
      rows: having.flatMap(({ m, progress, measures }) =>
        progress.map((share, i) => [
          name(m),
          share,
          measures[price]![i]![0],
          measures[gain]![i]![0],
        ])
      ),
    },
  };
}

/** A measure over operations, with a band from the lowest to the highest seed. */
export function learning(testbed: TestbedData, ink: Ink, id: string): Drawing {
  const having = testbed.curves.filter(({ measures }) => measures[id] !== undefined);
  const heading = id === ""
    ? `Learning curves on ${testbed.label}`
    : `${capital(title(id))} over operations on ${testbed.label}`;
  if (having.length === 0) {
    return {
      title: heading,
      described: heading,
      none: id === "" ? "Nobody finished here." : `No ${title(id)} is known on ${testbed.label}.`,
    };
  }
  const side = ({ m, flops, measures }: CurveData, which: 1 | 2, fill: string | false) => ({
    type: "line",
    m,
    role: "band",
    fill,
    borderWidth: 0,
    pointRadius: 0,
    data: measures[id]!.map((spread, i) => ({ x: flops[i]!, y: spread[which] })),
  } as unknown as Series);
  const bands = having.flatMap((curve) => [side(curve, 1, false), side(curve, 2, "-1")]);
  const lines = having.map(({ m, flops, measures }) =>
    series(m, measures[id]!.map(([y, low, high], i) => ({ x: flops[i]!, y, low, high })), {
      arrow: false,
    })
  );
  const names = labelled(testbed);
  return {
    title: heading,
    described: `${heading}: ${having.length} methods. The table of data holds the numbers.`,
    labelled: names,
    leading: names,
    config: plot({
      datasets: [...bands, ...lines],
      named: true,
      x: scale(ink, { text: "operations spent, FLOPs", min: 0, ticks: quantity }),
      y: scale(ink, { text: axis(id) }),
      tooltip: (raw, label) =>
        `${label} at ${quantity(raw["x"]!)}: ${show(raw["y"]!)} (${show(raw["low"]!)} to ${
          show(raw["high"]!)
        })`,
    }),
    table: {
      head: ["Method", "FLOPs", title(id), "lowest seed", "highest seed"],
      rows: having.flatMap(({ m, flops, measures }) =>
        measures[id]!.map((spread, i) => [name(m), quantity(flops[i]!), ...spread])
      ),
    },
  };
}

/** The headline over operations, in little: lines alone, and no more on the axes than tells their reach. */
export function small(testbed: TestbedData, ink: Ink): Drawing {
  const id = testbed.headline ?? "";
  const having = testbed.curves.filter(({ measures }) => measures[id] !== undefined);
  const heading = `${capital(title(id))} over operations on ${testbed.label}`;
  if (having.length === 0) {
    return { title: heading, described: heading, none: "Nobody finished here." };
  }
  const spare = (made: ReturnType<typeof scale>) => ({
    ...made,
    title: { display: false },
    ticks: { ...made.ticks, maxTicksLimit: 4, font: { size: 10 } },
  });
  return {
    title: heading,
    described: `${heading}: ${having.length} methods, as the large chart of this testbed.`,
    leading: labelled(testbed),
    config: plot({
      datasets: having.map(({ m, flops, measures }) =>
        series(
          m,
          measures[id]!.map(([y, low, high], i) => ({ x: flops[i]!, y, low, high })),
          { arrow: false, pointRadius: 0, borderWidth: 1.5 },
        )
      ),
      x: spare(scale(ink, { text: "", min: 0, ticks: quantity })),
      y: spare(scale(ink, { text: "" })),
      tooltip: (raw, label) => `${label} at ${quantity(raw["x"]!)}: ${show(raw["y"]!)}`,
    }),
  };
}

export function reliability(testbed: TestbedData, ink: Ink): Drawing {
  const heading = `Implied preference against truth on ${testbed.label}`;
  const { reliability } = testbed;
  if (reliability.length === 0) {
    const none = `No method here gives a probability of its own that one answer beats another.`;
    return { title: heading, described: heading, none };
  }
  const most = Math.max(...reliability.flatMap(({ bins }) => bins.map(([, , n]) => n)));
  return {
    title: heading,
    described: `${heading}: ${reliability.length} methods; on the diagonal a method is calibrated.`,
    labelled: reliability.length <= LABELS ? reliability.map(({ m }) => m) : [],
    leading: reliability.map(({ m }) => m).slice(0, LABELS),
    config: plot({
      datasets: reliability.map(({ m, bins }) =>
        series(m, bins.map(([x, y, n]) => ({ x, y, n })), {
          pointRadius: bins.map(([, , n]) => 2 + 3 * Math.sqrt(n / most)),
        })
      ),
      named: true,
      x: scale(ink, { text: "probability that the method implies", min: 0, max: 1 }),
      y: scale(ink, { text: "true probability", min: 0, max: 1 }),
      tooltip: (raw, label) =>
        `${label}: implies ${show(raw["x"]!)}, true ${show(raw["y"]!)}, n ${raw["n"]}`,
      annotations: {
        diagonal: {
          type: "line",
          xMin: 0,
          yMin: 0,
          xMax: 1,
          yMax: 1,
          borderColor: ink.muted,
          borderWidth: 1,
          borderDash: [4, 4],
        },
      },
    }),
    table: {
      head: ["Method", "implied", "true", "n"],
      rows: reliability.flatMap(({ m, bins }) => bins.map((bin) => [name(m), ...bin])),
    },
  };
}

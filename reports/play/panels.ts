/// <reference lib="dom" />
import { make } from "../client/make.ts";
import { type Bandit, optimum } from "./bandit.ts";
import { drawBars, short, svg } from "./chart.ts";
import { METHODS } from "./dials.ts";
import { chance } from "./draws.ts";
import type { Values } from "./lessons.ts";
import { drawn, LETTERS, MOST, type Words, worth } from "./words.ts";

/** What stands above a lesson's curves: a policy a method. */

/** A bar an answer, with the reference's and the optimum's. */
export function banditPanels(
  world: Bandit,
  policies: readonly Float64Array[],
  { beta }: Values,
): Node[] {
  const best = optimum(world, beta!);
  return policies.map((table, k) => {
    const chart = svg("svg", { viewBox: "0 0 300 150", role: "img" });
    const policy = table.map(Math.exp);
    const says = [...policy].map((p, a) => `${a + 1}: ${(100 * p).toFixed(0)} %`).join(", ");
    chart.setAttribute(
      "aria-label",
      `Probabilities under ${METHODS[k]}, best answer first: ${says}`,
    );
    drawBars(chart, k, policy, world.reference.map(Math.exp), best);
    return figure(METHODS[k]!, chart);
  });
}

/** The same chance for all: words differ where policies do. */
const SHOWN = 8;
export function wordPanels(
  world: Words,
  policies: readonly Float64Array[],
  { seed }: Values,
): Node[] {
  return [world.reference, ...policies].map((table, k) => {
    const list = make("ul", "");
    for (let i = 0; i < SHOWN; i++) {
      const word = drawn(table, chance(1000 * seed! + i));
      const text = word.map((x) => LETTERS[x]!).join("");
      const shown = word.length === 0 ? "(no letter)" : word.length === MOST ? `${text}…` : text;
      list.append(make("li", "", make("code", "", shown), ` ${short(worth(word))}`));
    }
    return figure(k === 0 ? "Reference" : METHODS[k - 1]!, list);
  });
}

const figure = (title: string, content: Element): Node => {
  const element = make("figure", "");
  element.append(make("figcaption", "", title), content);
  return element;
};

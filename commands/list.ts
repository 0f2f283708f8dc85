import { Argument, Command } from "@commander-js/extra-typings";
import {
  benchmarks,
  budgetOn,
  cellTitle,
  filed,
  headingsOf,
  inUnits,
  leaves,
  methods,
  registry,
  studies,
} from "../mod.ts";
import { plural } from "../reports/parts/format.ts";
import { aligned } from "../reports/text/terminal.ts";
import { judgeKinds } from "./open-judge.ts";
import { print, printJson } from "./output.ts";

export const list = new Command("list")
  .description("Show what there is to choose from")
  .addArgument(new Argument("<what>", "what to show").choices(
    ["methods", "taxonomy", "benchmarks", "evaluators", "judges"] as const,
  ))
  .option("--json", "print one JSON document instead of a table")
  .addHelpText("after", "\nExample:\n  deno task list methods")
  .action((what, { json }) => {
    const { all, columns } = lists[what];
    if (json) return printJson(all);
    print(aligned(columns()));
  });

/** The survey's cells in its order, with who stands in each. */
const cells = leaves.map(({ cell }) => {
  const within = (all: typeof methods | typeof studies) =>
    all.filter(({ taxonomy }) => taxonomy.includes(cell)).map(({ id }) => id);
  return {
    cell,
    title: cellTitle(cell),
    section: headingsOf(cell).findLast(({ section }) => section !== undefined)?.section,
    methods: within(methods),
    studies: within(studies),
  };
});

/** For each list: everything for programs, and a line each for people. */
const lists = {
  methods: {
    all: [
      ...methods.map((method) => ({
        id: method.id,
        ...method.paper,
        ..."loss" in method ? { feedback: method.feedback } : {},
        taxonomy: method.taxonomy,
        survey: filed(method).survey,
        equation: method.equation,
        hyper: method.hyper,
        roles: method.roles,
        search: method.search,
        within: method.within,
        needs: method.needs,
        control: method.control,
        claim: method.claim,
      })),
      ...studies.map(({ id, paper, taxonomy, title, arms, claim }) => ({
        id,
        ...paper,
        taxonomy,
        survey: filed({ paper, taxonomy }).survey,
        effect: title,
        arms,
        claim,
      })),
    ],
    columns: () => [
      ...methods.map(({ id, paper }) => [id, `${paper.year}`, "method", paper.title]),
      ...studies.map(({ id, paper }) => [id, `${paper.year}`, "study", paper.title]),
    ],
  },
  taxonomy: {
    all: cells,
    columns: () =>
      cells.map(({ cell, title, section = "", methods: { length } }) => [
        cell,
        section,
        title,
        length === 0 ? "no method yet" : plural(length, "method"),
      ]),
  },
  benchmarks: {
    all: benchmarks.map((benchmark) => {
      const { id, summary, family, budget } = benchmark;
      const settings = Object.entries(benchmark.settings).map(([name, { summary, offers }]) => [
        name,
        { summary, offers, budget: budgetOn(benchmark, name) },
      ]);
      return { id, summary, family, budget, settings: Object.fromEntries(settings) };
    }),
    columns: () =>
      benchmarks.flatMap(({ id, settings }) =>
        Object.entries(settings).map(([name, { summary, offers }]) => [
          `${id}/${name}`,
          `${summary} Offers ${offers.join(", ")}.`,
        ])
      ),
  },
  evaluators: {
    all: registry.measures,
    columns: () =>
      registry.measures.map((card) => [
        card.id,
        inUnits(card),
        card.better === "neither" ? "" : `${card.better} is better`,
      ]),
  },
  judges: {
    all: judgeKinds,
    columns: () => judgeKinds.map(({ id, title }) => [id, title]),
  },
};

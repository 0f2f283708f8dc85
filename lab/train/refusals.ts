import type { Need, Testbed } from "../../core/mod.ts";

/** Why a testbed refuses a method with such a need, where it does. */
export const refusals: {
  readonly [need in Need]: { has(testbed: Testbed): boolean; offer: string; need: string };
} = {
  labels: {
    has: ({ label }) => label !== undefined,
    offer: "it has nobody to ask",
    need: "labels are asked for online",
  },
  checks: {
    has: ({ check }) => check !== undefined,
    offer: "no program checks its answers",
    need: "answers are checked",
  },
  solved: {
    has: ({ checks = [] }) => checks.includes("solved"),
    offer: "no program tells right answers there",
    need: "answers are right or wrong",
  },
  mended: {
    has: ({ checks = [] }) => checks.includes("mended"),
    offer: "nobody mends anything by its answers",
    need: "critiques are judged by what they mend",
  },
  drafts: {
    has: (testbed) => {
      const [prompt] = testbed.prompts("test");
      const draft = { prompt: prompt!, tokens: [], length: 0 };
      return testbed.told?.(prompt!, { draft }) !== undefined;
    },
    offer: "it has no words for a draft",
    need: "answers are revised",
  },
  critiques: {
    has: ({ critique }) => critique !== undefined,
    offer: "it has no critic",
    need: "critiques are asked for",
  },
  demonstrations: {
    has: ({ demonstrate }) => demonstrate !== undefined,
    offer: "it has no teacher",
    need: "demonstrations are asked for",
  },
  tests: {
    has: ({ tried }) => tried !== undefined,
    offer: "no program of its answers runs",
    need: "programs are tried on tests",
  },
  conclusions: {
    has: ({ conclusion }) => conclusion !== undefined,
    offer: "its answers come to nothing that can be read off them",
    need: "what they come to is compared",
  },
  world: {
    has: ({ model }) => model.world !== undefined,
    offer: "no world answers back there",
    need: "it learns in turns",
  },
  results: {
    has: ({ model }) => model.glance !== undefined,
    offer: "its answers are no results that noise can be added to",
    need: "it learns from noised results",
  },
  corrections: {
    has: ({ costs }) => costs?.corrections !== undefined,
    offer: "no expert mends answers there",
    need: "it learns from corrections",
  },
  signals: {
    has: ({ signals }) => signals !== undefined,
    offer: "its answers show no signals",
    need: "rewards are made of signals",
  },
};

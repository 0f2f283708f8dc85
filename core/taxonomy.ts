/**
 * The taxonomy of “A Survey of Direct Preference Optimization” (arXiv 2503.11701) in the survey's own
 * order, which is the order of cells everywhere. “Other” and “Applications” stand beside its figure.
 */

/** A heading of the survey's figure. */
export interface Heading {
  readonly title: string;
  /** Of the survey; absent beside its figure and of leaves. */
  readonly section?: string;
}

/** A cell of the taxonomy that methods stand in. */
export interface Leaf<C extends string = TaxonomyCell> extends Heading {
  readonly cell: C;
  /** arXiv numbers of the papers that the survey's authors file here. */
  readonly papers: readonly string[];
}

/** Dimensions and groups. */
const headings: { readonly [prefix: string]: Heading } = {
  "data": { title: "Data strategy", section: "3.1" },
  "data/quality": { title: "Quality", section: "3.1.1" },
  "data/feedback": { title: "Feedback", section: "3.1.2" },
  "data/granularity": { title: "Granularity", section: "3.1.3" },
  "learning": { title: "Learning framework", section: "3.2" },
  "learning/paradigm": { title: "Paradigm", section: "3.2.1" },
  "learning/objective": { title: "Objective", section: "3.2.2" },
  "constraint": { title: "Constraint mechanism", section: "3.3" },
  "constraint/reference": { title: "Reference", section: "3.3.1" },
  "constraint/divergence": { title: "Divergence", section: "3.3.2" },
  "constraint/safety": { title: "Safety", section: "3.3.3" },
  "model": { title: "Model property", section: "3.4" },
  "model/generation": { title: "Generation", section: "3.4.1" },
  "model/optimization": { title: "Optimization", section: "3.4.2" },
  "other": { title: "Other" },
  "applications": { title: "Applications" },
};

const leaf = <C extends string>(cell: C, title: string, papers = ""): Leaf<C> => ({
  cell,
  title,
  papers: papers.split(/\s+/).filter((id) => id !== ""),
});

/**
 * Papers are those of the authors' own list, github.com/liushunyu/awesome-direct-preference-optimization
 * at 3e441bc, without the few that it knows by OpenReview alone.
 */
export const leaves = [
  leaf(
    "data/quality/heterogeneity",
    "Heterogeneity",
    `2405.14953 2405.15065 2405.20304 2412.20299 2502.01930 2502.16320`,
  ),
  leaf(
    "data/quality/distinguishability",
    "Distinguishability",
    `2402.10571 2403.07230 2403.19270 2403.19443 2404.13846 2405.21040 2406.02764 2407.08639
    2408.09385 2409.06691 2410.10148 2412.20996 2501.06645 2506.04272 2506.10054`,
  ),
  leaf(
    "data/quality/noise",
    "Noise",
    `2403.00409 2404.04102 2404.09824 2406.04412 2407.07880 2502.14560 2505.24709 2505.01706
    2506.03690`,
  ),
  leaf(
    "data/feedback/point",
    "Point-wise",
    `2312.02554 2402.01306 2402.05369 2404.04656 2405.19107 2406.05882 2410.02197 2412.14516`,
  ),
  leaf(
    "data/feedback/pair",
    "Pair-wise",
    `2305.18290 2310.12036 2403.03419 2404.05868 2405.20830 2408.07471 2409.17431 2410.04166
    2410.07163 2411.06208`,
  ),
  leaf(
    "data/feedback/list",
    "List-wise",
    `2402.01878 2402.02030 2402.10958 2405.13516 2410.04346 2410.12138 2410.18127 2411.02442`,
  ),
  leaf(
    "data/granularity/token",
    "Token-level",
    `2404.11999 2404.12358 2404.18922 2408.13518 2408.16090 2410.04350 2410.05102 2502.14340
    2506.14574 2505.19653`,
  ),
  leaf(
    "data/granularity/step",
    "Step-level",
    `2405.00451 2406.09136 2406.18629 2407.00782 2407.14477 2410.12854 2412.18279 2502.14356
    2505.19100`,
  ),
  leaf(
    "data/granularity/sentence",
    "Sentence-level",
    `2305.18290 2401.06838 2404.02078 2404.19733 2410.01691`,
  ),
  leaf(
    "data/granularity/turn",
    "Turn-level",
    `2403.02502 2406.14868 2408.07199 2409.02392 2501.01821`,
  ),
  leaf(
    "learning/paradigm/offline",
    "Offline",
    `2305.18290 2312.02554 2401.08417 2401.11458 2402.09320 2403.07230 2403.07691 2403.19270
    2406.17923 2504.07856`,
  ),
  leaf(
    "learning/paradigm/online",
    "Online",
    `2309.06657 2312.11456 2312.16682 2401.10020 2402.04792 2402.10038 2402.11907 2403.02502
    2403.19443 2404.04102 2404.10719 2404.19733 2405.00451 2405.01511 2405.08448 2405.19320
    2405.19332 2405.21046 2406.01462 2406.05534 2406.07657 2406.12168 2407.18248 2409.02392
    2409.08845 2409.19605 2410.06293 2410.12735 2410.23223 2501.12735 2503.15880`,
  ),
  leaf(
    "learning/paradigm/active",
    "Active",
    `2402.08114 2402.09401 2402.10500 2503.01076 2505.19241`,
  ),
  leaf(
    "learning/objective/multi-objective",
    "Multi-objective",
    `2310.03708 2402.19085 2405.12739 2405.17956 2410.08458 2505.10892 2506.07165`,
  ),
  leaf(
    "learning/objective/self-play",
    "Self-play",
    `2312.00886 2401.01335 2401.04056 2403.08635 2404.03715 2405.00675 2406.00832 2406.01660
    2502.05400`,
  ),
  leaf(
    "constraint/reference/dynamic",
    "Dynamic",
    `2403.07230 2403.19443 2404.09656 2409.02392 2504.15843`,
  ),
  leaf(
    "constraint/reference/free",
    "Free",
    `2401.08417 2403.07691 2405.14734 2407.13709 2502.00883 2502.14643 2506.07165`,
  ),
  leaf(
    "constraint/divergence/diversity",
    "Diversity",
    `2309.16240 2501.18101 2505.19601`,
  ),
  leaf(
    "constraint/divergence/generalization",
    "Generalization",
    `2402.00856 2402.05749 2405.00747 2407.03051 2407.13399 2410.00508 2411.07618 2501.03271`,
  ),
  leaf(
    "constraint/safety",
    "Safety",
    `2401.01967 2404.11049 2403.02475 2405.12900 2409.14586 2505.20359`,
  ),
  leaf(
    "model/generation/distribution-shift",
    "Distribution shift",
    `2404.14367 2405.19316 2405.19332 2406.01660 2407.18676 2409.03650 2502.01930 2503.15880`,
  ),
  leaf(
    "model/generation/length-bias",
    "Length bias",
    `2304.05302 2310.03716 2403.19159 2405.14734 2406.10957 2406.14868 2406.17744 2407.15229
    2409.06411 2412.17696 2502.13922 2502.14340 2502.14643`,
  ),
  leaf(
    "model/optimization/likelihood",
    "Likelihood collapse",
    `2402.13228 2404.04626 2404.12358 2405.19316 2406.07327 2408.06266 2410.08847 2410.11677
    2410.13828 2502.07599 2506.03557 2506.12725 2505.23316 2505.12435 2505.23761`,
  ),
  leaf(
    "model/optimization/alignment",
    "Alignment tax",
    `2309.06256 2405.17931 2405.19534 2406.04879 2406.17923`,
  ),
  leaf(
    "other/analysis",
    "Analysis",
    `2403.01857 2404.14723 2406.08414 2406.09279 2410.04203 2505.19770`,
  ),
  leaf("applications/reasoning", "Reasoning"),
  leaf("applications/code", "Code"),
  leaf("applications/agents", "Agents"),
  leaf("applications/vision", "Vision"),
  leaf("applications/diffusion", "Diffusion"),
  leaf("applications/control", "Control"),
] as const;

/** A cell by its path: `learning/paradigm/offline`. */
export type TaxonomyCell = (typeof leaves)[number]["cell"];

/** A card's cells: those where the survey's authors file its paper, and those that are ours by its definitions. */
export function filed({ paper: { arxiv = "" }, taxonomy }: {
  readonly paper: { readonly arxiv?: string };
  readonly taxonomy: readonly TaxonomyCell[];
}): { readonly survey: TaxonomyCell[]; readonly ours: TaxonomyCell[] } {
  const survey = leaves.filter(({ papers }) => papers.includes(arxiv)).map(({ cell }) => cell);
  const both = Object.groupBy(taxonomy, (cell) => survey.includes(cell) ? "survey" : "ours");
  return { survey: both.survey ?? [], ours: both.ours ?? [] };
}

/** The cell's dimension, its group where it has one, and the leaf. */
export function headingsOf(cell: TaxonomyCell): readonly Heading[] {
  const steps = cell.split("/");
  return steps.map((_, i) => {
    const prefix = steps.slice(0, i + 1).join("/");
    return headings[prefix] ?? leaves.find((leaf) => leaf.cell === prefix)!;
  });
}

/** A cell in words, "Quality · Noise", which no two cells share. */
export function cellTitle(cell: TaxonomyCell): string {
  return headingsOf(cell).slice(-2).map(({ title }) => title).join(" · ");
}

import { type ComponentProps, h, type VNode } from "preact";
import { render } from "preact-render-to-string";
import { Board } from "../parts/board.tsx";
import { Folding } from "../parts/families.tsx";
import { list, plural } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Questions } from "../parts/questions.tsx";
import { Mixed } from "../parts/mixed.tsx";
import { OverallTable } from "../parts/overall-table.tsx";
import { why } from "../findings/runs.ts";
import verdictSection from "../sections/verdict.tsx";
import { cells, dimensions } from "../findings/taxonomy.ts";
import type { Findings } from "../findings/findings.ts";
import { cellTitle } from "../../core/mod.ts";
import { from, methodPage, modelPage } from "./addresses.ts";
import type { Content } from "./content.ts";
import { Downloads, type Frame, SitePage } from "./shell.tsx";

/** The first page: what came out, and who is where. */

const PATH = "index.html";

export const subject = ({ models }: Content, method: string): string =>
  models.includes(method) ? modelPage(method) : methodPage(method);

/** Measures that a column has, and what they are called. */
export function measuresOf({ board, courts }: Content): { id: string; title: string }[] {
  const titles = new Map(
    courts.flatMap(({ source: { judged } }) =>
      Object.entries(judged.measures).map(([id, { title }]) => [id, title] as const)
    ),
  );
  return [...new Set(board.testbeds.flatMap(({ measures }) => measures))].map((id) => ({
    id,
    title: board.measures.cards.has(id) ? board.measures.of(id).title : label(titles.get(id) ?? id),
  }));
}

/** Methods and models share a board: that nobody trained a model here needs no word. */
const missing = ({ models, courts }: Content): ComponentProps<typeof Board>["missing"] => {
  const judged = new Set(courts.map(({ testbed }) => testbed.key));
  return (runs, measure, testbed) =>
    judged.has(testbed.key)
      ? { short: "–", long: "Not judged here, or not by this measure" }
      : models.includes(runs.method)
      ? { short: "–", long: "Outputs of this model were judged; nobody trained it here" }
      : why(runs, measure);
};

/** The survey's cells that methods of this board stand in, in its order. */
const filled = ({ catalogue, methods }: Findings) => {
  const cards = new Map(catalogue.methods.map((card) => [card.id, card]));
  return cells(catalogue).map((cell) => ({
    cell,
    methods: methods.flatMap((method, m) => cards.get(method)?.taxonomy.includes(cell) ? [m] : []),
  })).filter(({ methods }) => methods.length > 0);
};

/** The board by one measure, as it is fetched when somebody asks for it. */
export const fragment = (content: Content, id: string): string =>
  render(h(Board, {
    found: content.board,
    id,
    link: (method) => from(PATH, subject(content, method)),
    missing: missing(content)!,
  }));

export function BoardPage({ frame, content, fragments }: {
  readonly frame: Frame;
  readonly content: Content;
  /** Address of the board by each measure. */
  readonly fragments: ReadonlyMap<string, string>;
}): VNode {
  const { board, exact, columns, runs, courts } = content;
  const taxonomy = filled(board);
  const records = runs.reduce((sum, { records }) => sum + records.length, 0);
  const mixed = content.places.filter(({ from }) =>
    new Set([...from.values()].map(({ commit }) => commit)).size > 1
  );
  return (
    <SitePage
      frame={frame}
      path={PATH}
      title="Leaderboard"
      heading={[
        label(content.title, 120),
        plural(exact.methods.length, "method"),
        ...content.models.length > 0 ? [plural(content.models.length, "model")] : [],
        plural(exact.testbeds.length, "testbed"),
        plural(runs.length, "suite"),
        plural(records, "run"),
      ].join(" · ")}
      unscripted="Filters, sorting, other measures and what is folded need JavaScript; this board does not."
      data={{
        columns,
        cells: taxonomy,
        fragments: Object.fromEntries(
          measuresOf(content).map(({ id }, i) => [`m${i}`, { id, address: fragments.get(id) }]),
        ),
      }}
    >
      <section id="verdict" aria-labelledby="verdict-title">
        <h2 id="verdict-title">What came out</h2>
        {verdictSection.render(exact)}
      </section>
      <section id="leaderboard" aria-labelledby="leaderboard-title">
        <h2 id="leaderboard-title">Who is where</h2>
        <Filters content={content} taxonomy={taxonomy} />
        <p class="note" id="board-note" role="status" />
        {runs.map(({ name, plan }) => (
          <Mixed key={name} of={plan.mixed} whose={`Runs of ${label(name, 60)}`} />
        ))}
        <div class="scroll tall board" tabindex={0} role="region" aria-label="Leaderboard">
          <Board
            found={board}
            id={undefined}
            link={(method) => from(PATH, subject(content, method))}
            missing={missing(content)!}
          />
        </div>
        <p class="note">
          Bars are 95 % intervals on a common scale, the dotted line is the start policy. Before
          each value stands the rank that decided comparisons leave open (Holm, all pairs of the
          column, whatever is shown); bold: it may be best, and Leads counts where. In the sorted
          column a rule parts methods that are told apart, each from each; its last figures are
          seeds × prompts.<Folding found={board} />
          {courts.length > 0 &&
            " Ranks by a judge are of its verdicts as they came, paired by question; a protocol's own estimate may correct for more."}
        </p>
        {runs.length > 1 && (
          <p class="note">
            Of each method stands the newest commit that ran it; what earlier suites found is under
            {" "}
            <a href={from(PATH, "history.html")}>History</a>.
            {mixed.length > 0 &&
              ` Methods of different commits stand side by side on ${
                list(mixed.map(({ testbed }) => label(testbed.key, 48)), 6)
              }.`}
          </p>
        )}
        <Questions found={exact} />
        <Downloads path={PATH} name="board" />
        <OverallTable found={exact} link={(method) => from(PATH, subject(content, method))} />
      </section>
    </SitePage>
  );
}

function Filters({ content, taxonomy }: {
  readonly content: Content;
  readonly taxonomy: ReturnType<typeof filled>;
}): VNode {
  const { exact, columns, courts } = content;
  const headings = [
    ...new Set(exact.testbeds.flatMap(({ headline }) => headline === undefined ? [] : [headline])),
  ].map((id) => exact.measures.of(id).title);
  const distinct = (values: readonly string[]) =>
    [...new Set(values)].filter((value) => value !== "");
  const protocols = distinct(columns.map(({ protocol }) => protocol));
  return (
    <div class="tools filters">
      <Select id="measure" name="Measure">
        <option value="">
          {headings.length === 0 ? "none" : `headline: ${headings.join(", ")}`}
        </option>
        {measuresOf(content).map(({ id, title }, i) => (
          <option key={id} value={`m${i}`}>{title}</option>
        ))}
      </Select>
      <Select id="benchmark" name="Benchmark">
        <option value="">all</option>
        {distinct(columns.map(({ benchmark }) => benchmark)).map((benchmark) => (
          <option key={benchmark} value={benchmark}>{label(benchmark)}</option>
        ))}
      </Select>
      <Select id="budget" name="Budget a run">
        <option value="">any</option>
        {distinct(columns.map(({ budget }) => budget)).map((budget) => (
          <option key={budget} value={budget}>{budget}</option>
        ))}
      </Select>
      <Select id="cell" name="Taxonomy">
        <option value="">all methods</option>
        {dimensions(taxonomy).map(([{ title }, within]) => (
          <optgroup key={title} label={title}>
            {within.map(({ cell, methods }) => (
              <option key={cell} value={cell}>
                {`${cellTitle(cell)} (${methods.length})`}
              </option>
            ))}
          </optgroup>
        ))}
      </Select>
      {courts.length > 0 && (
        <Select id="protocol" name="Decided by">
          <option value="">truth and judges</option>
          <option value="truth">truth</option>
          {protocols.map((protocol) => (
            <option key={protocol} value={`by ${protocol}`}>{label(protocol)}</option>
          ))}
        </Select>
      )}
    </div>
  );
}

function Select({ id, name, children }: {
  readonly id: string;
  readonly name: string;
  readonly children: unknown;
}): VNode {
  return (
    <label>
      {name} <select id={id} autocomplete="off">{children as VNode[]}</select>
    </label>
  );
}

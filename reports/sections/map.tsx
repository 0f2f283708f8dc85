import type { VNode } from "preact";
import { axis, filed, headingsOf, leaves } from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { choices, type DesignChoice, SIDE } from "../findings/choices.ts";
import { list, plain, plusMinus, range, ranks } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Marker, Panel } from "../parts/marks.tsx";
import type { Section } from "./section.ts";
import type { Standing } from "../findings/standings.ts";
import { cells, dimensions, type Effect, effects } from "../findings/taxonomy.ts";

export default {
  id: "taxonomy",
  title: "What wins where, by design",
  short: "Taxonomy",
  render(found) {
    return (
      <>
        <Choices found={found} />
        <h3>Cell by cell</h3>
        <p class="note">
          The survey's taxonomy (arXiv 2503.11701) down, with its section numbers, and methods
          across, best first. A number is the rank of a method that stands in this cell, in italics
          where we and not the survey's authors put it there; darker is better. The last column is
          the mean of the methods in the cell less the mean of the others: methods were not dealt to
          cells at random, so it describes them and explains nothing. Cells whose methods did not
          finish here are left out; those that no method of prefbench stands in yet are shown as
          open.
        </p>
        {found.testbeds.map((testbed, i) => {
          const standing = found.standing(testbed);
          return (
            <Panel key={i} found={found} index={i}>
              {standing === undefined
                ? (
                  <p>
                    Nobody finished on <bdi>{label(testbed.key, 48)}</bdi>.
                  </p>
                )
                : (
                  <Grid
                    found={found}
                    standing={standing}
                    place={testbed.key}
                    effects={effects(testbed, standing, found.catalogue)}
                  />
                )}
            </Panel>
          );
        })}
      </>
    );
  },
} satisfies Section;

/** What each choice is worth over all testbeds, a method counting once. */
function Choices({ found }: { readonly found: Findings }): VNode {
  const { named, others } = choices(found);
  return (
    <>
      <h3>What a design choice is worth</h3>
      <p class="note">
        Every method's value on every testbed, by what that is ranked by, in standard deviations
        between its methods, and better upwards. An effect is the mean of the methods that chose so
        less that of the others, with a 95 % interval in which a method counts once (least squares,
        each method left out in turn, Student's t): it says what another method of the kind would
        gain, as far as these stand for it, for nobody dealt choices to methods. “With the others
        held” is the same in one fit of all choices above the line. Decided after Benjamini and
        Hochberg's correction over all rows; a side needs {SIDE} methods.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label="What a design choice is worth">
        <table class="text choices">
          <caption class="unseen">Effects of design choices</caption>
          <thead>
            <tr>
              <th scope="col">Choice</th>
              <th scope="col" class="number">Methods</th>
              <th scope="col" class="number">Effect, sd</th>
              <th scope="col" class="number">With the others held</th>
            </tr>
          </thead>
          <tbody>{named.map((one) => <ChoiceRow key={one.title} choice={one} />)}</tbody>
          <tbody>
            {others.filter(({ effect }) => effect !== undefined).map((one) => (
              <ChoiceRow key={one.title} choice={one} />
            ))}
          </tbody>
        </table>
      </div>
      <Few
        others={others.filter(({ effect, inside }) => effect === undefined && inside.length > 0)}
      />
    </>
  );
}

function ChoiceRow({ choice }: { readonly choice: DesignChoice }): VNode {
  const { title, inside, outside, effect, adjusted } = choice;
  return (
    <tr>
      <th scope="row">{title}</th>
      <td class="number">{`${inside.length} : ${outside.length}`}</td>
      <td class="number">
        {effect === undefined
          ? <span class="none">{lacking(choice)}</span>
          : (
            <span title={`95 % interval ${range(effect)}`}>
              {signed(plusMinus(effect))}
              {!effect.decided && <span class="none">undecided</span>}
            </span>
          )}
      </td>
      <td class="number">
        {adjusted === undefined
          ? <span class="none">–</span>
          : <span title={`95 % interval ${range(adjusted)}`}>{signed(plusMinus(adjusted))}</span>}
      </td>
    </tr>
  );
}

const lacking = ({ inside, outside }: DesignChoice): string =>
  Math.min(inside.length, outside.length) < SIDE ? "too few methods" : "not determined";

function Few({ others }: { readonly others: readonly DesignChoice[] }): VNode | null {
  if (others.length === 0) return null;
  return (
    <p class="note">
      Too few methods on a side: {list(
        others.map(({ title, inside, outside }) =>
          `${title.replace(/, against not$/, "")} (${inside.length} : ${outside.length})`
        ),
      )}.
    </p>
  );
}

function Grid({ found, standing, effects, place }: {
  readonly found: Findings;
  readonly standing: Standing;
  readonly effects: readonly Effect[];
  readonly place: string;
}): VNode {
  const known = new Set(found.catalogue.methods.map(({ id }) => id));
  const rows = standing.rows.filter(({ method }) => known.has(method));
  const filled = new Map(
    effects.filter(({ inside }) => inside.length > 0).map((effect) => [effect.cell, effect]),
  );
  if (filled.size === 0) return <p>No method here has a card that places it in the taxonomy.</p>;
  const carded = new Set(cells(found.catalogue));
  const shown = leaves.filter(({ cell }) => filled.has(cell) || !carded.has(cell));
  const title = `${label(place, 48)}: ${axis(standing.measure)}`;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Taxonomy on ${label(place, 48)}`}>
      <table class="map">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Cell</th>
            {rows.map(({ method }) => (
              <th key={method} scope="col" class="upright">
                <a href={`#method-${found.methods.indexOf(method)}`}>
                  <bdi>{label(method, 18)}</bdi>
                  <Marker method={method} />
                </a>
              </th>
            ))}
            <th scope="col" class="number">In − not in</th>
          </tr>
        </thead>
        {dimensions(shown).map(([{ title, section }, within]) => (
          <tbody key={title}>
            <tr>
              <th scope="rowgroup" class="dimension" colspan={rows.length + 2}>
                <span>{section === undefined ? title : `${title} (§ ${section})`}</span>
              </th>
            </tr>
            {within.map(({ cell }) => (
              <tr key={cell}>
                <th scope="row">
                  {headingsOf(cell).slice(1).map(({ title }) => title).join(" · ")}
                </th>
                <Ranks found={found} standing={standing} rows={rows} effect={filled.get(cell)} />
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** What stands behind a cell's name. */
function Ranks({ found, standing, rows, effect }: {
  readonly found: Findings;
  readonly standing: Standing;
  readonly rows: Standing["rows"];
  readonly effect: Effect | undefined;
}): VNode {
  if (effect === undefined) {
    return <td class="open" colspan={rows.length + 1}>no method yet</td>;
  }
  const { cell, inside, outside } = effect;
  const ours = new Set(
    found.catalogue.methods.filter((card) => filed(card).ours.includes(cell)).map(({ id }) => id),
  );
  return (
    <>
      {rows.map(({ method, rank }) => {
        if (!inside.includes(method) || rank === undefined) return <td key={method} />;
        const { best, worst } = rank;
        const value = ranks(best, worst);
        return (
          <td key={method} class={`v${shade((best + worst) / 2, standing.rows.length)}`}>
            {ours.has(method) ? <i>{value}</i> : value}
          </td>
        );
      })}
      <td class="number">
        <Contrast effect={effect.effect} outside={outside.length} />
      </td>
    </>
  );
}

/** Step 0 (last) to 6 (first) of the scale. */
const shade = (rank: number, n: number): number =>
  n < 2 ? 6 : Math.round(6 * (1 - (rank - 1) / (n - 1)));

/** The difference with its interval; in words where there is none. */
function Contrast({ effect, outside }: {
  readonly effect: Effect["effect"];
  readonly outside: number;
}): VNode {
  if (effect === undefined) {
    return <span class="none">{outside === 0 ? "all are in it" : "no shared seed"}</span>;
  }
  const { difference, low, high, winner } = effect;
  if (!Number.isFinite(high - low)) {
    return <span class="none">{signed(plain(difference))}, no interval from one seed</span>;
  }
  const interval = { value: difference, low, high };
  return (
    <span title={`95 % interval ${range(interval)}`}>
      {signed(plusMinus(interval))}
      {winner === undefined && <span class="none">undecided</span>}
    </span>
  );
}

const signed = (text: string): string => text.startsWith("−") ? text : `+${text}`;

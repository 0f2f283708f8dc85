import type { VNode } from "preact";
import { type Judged, type JudgedNoise, type NoisePart, noiseParts } from "../../core/mod.ts";
import { count, fixed, plain } from "./format.ts";
import { label } from "../findings/label.ts";

/** Whose noise a row is. */
export interface Noisy {
  readonly name: string;
  readonly judged: Judged;
}

/** Where the variance of each headline comes from, a row each; nothing where no file tells. */
export function Noise({ files, place }: {
  readonly files: readonly Noisy[];
  readonly place: string;
}): VNode | null {
  const rows = files.flatMap(({ name, judged: { noise = {}, measures } }) =>
    Object.entries(noise).map(([id, found]) => ({
      name,
      title: Object.hasOwn(measures, id) ? measures[id]!.title : id,
      noise: found,
      parts: new Map(noiseParts(found).map((part) => [part.title, part])),
    }))
  );
  if (rows.length === 0) return null;
  const titles = [...new Set(rows.flatMap(({ parts }) => [...parts.keys()]))];
  const reasons = new Map(
    rows.flatMap(({ noise, parts }): [string, string][] => [
      ...[...parts.values()].flatMap((part): [string, string][] =>
        "absent" in part ? [[part.title, part.absent]] : []
      ),
      ...named.flatMap(([id, title]): [string, string][] =>
        Object.hasOwn(noise.absent, id) ? [[title, noise.absent[id]!]] : []
      ),
    ]).map(([what, why]) => [`${what}: ${why}`, `${what}: ${why}`]),
  );
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label={`Noise, ${place}`}>
        <table class="text">
          <caption>Where one verdict's variance comes from, {place}</caption>
          <thead>
            <tr>
              <th scope="col">Judge</th>
              <th scope="col">Headline</th>
              {titles.map((title) => (
                <th scope="col" class="number" key={title}>
                  {`${title.charAt(0).toUpperCase()}${title.slice(1)}`}
                </th>
              ))}
              <th scope="col" class="number">Design effect</th>
              <th scope="col" class="number">Questions for a narrow interval</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, title, noise, parts }, i) => (
              <tr key={i}>
                <th scope="row">
                  <bdi>{label(name, 60)}</bdi>
                </th>
                <td>{label(title, 60)}</td>
                {titles.map((part) => <Part key={part} part={parts.get(part)} />)}
                <td class={noise.designEffect === undefined ? "number none" : "number"}>
                  {noise.designEffect === undefined ? "not measured" : fixed(noise.designEffect, 2)}
                </td>
                <Needed noise={noise} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        Shares of the variance of one verdict. The design effect is the variance of the mean over
        what as many independent verdicts would give it.
      </p>
      {reasons.size > 0 && (
        <p class="note">
          Not measured: {[...reasons.keys()].map((text) => label(text, 160)).join("; ")}.
        </p>
      )}
    </>
  );
}

const named = [
  ["designEffect", "design effect"],
  ["needed", "questions for a narrow interval"],
] as const;

function Part({ part }: { readonly part: NoisePart | undefined }): VNode {
  return part === undefined
    ? <td class="number none">none</td>
    : "absent" in part
    ? <td class="number none">not measured</td>
    : (
      <td class="number" title={`variance ${plain(Number(part.variance.toPrecision(3)))}`}>
        {fixed(100 * part.share, 0)} %
      </td>
    );
}

function Needed({ noise: { needed, half } }: { readonly noise: JudgedNoise }): VNode {
  return needed === undefined
    ? <td class="number none">not measured</td>
    : <td class="number">{count(needed)} for ± {plain(half)}</td>;
}

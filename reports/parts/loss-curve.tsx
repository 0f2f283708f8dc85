import type { VNode } from "preact";
import type { LossCurve } from "../../core/mod.ts";
import { label } from "../findings/label.ts";
import { plain } from "./format.ts";

/** A method's loss and slope along the margin, beside DPO's. */

/** Both are drawn in units of the slope at margin 0, so that losses of other scales can be compared. */
interface Shape {
  readonly loss: readonly number[];
  readonly slope: readonly number[];
}

export function LossPlots({ method, curve, beside }: {
  readonly method: string;
  readonly curve: LossCurve;
  readonly beside: { readonly method: string; readonly curve: LossCurve } | undefined;
}): VNode {
  const own = shape(curve);
  const other = beside === undefined ? undefined : shape(beside.curve);
  const names = beside === undefined ? label(method) : `${label(method)} and ${beside.method}`;
  return (
    <div class="loss">
      <h3>Its loss along the margin</h3>
      <p class="note">
        One pair of answers; the margin is log π/π<sub>ref</sub>{" "}
        of the better less that of the worse, both moved alike. Loss less its value at margin 0, and
        slope, in units of the slope there: a method that stops pushing has a slope near 0, one that
        pushes back a slope above it.
        {beside !== undefined && ` The dashed grey line is ${beside.method}.`}
      </p>
      <div class="row halves">
        {(["loss", "slope"] as const).map((of) => (
          <Plot
            key={of}
            title={`${of === "loss" ? "Loss" : "Slope"} of ${names}`}
            margins={curve.map(({ margin }) => margin)}
            own={own[of]}
            other={other?.[of]}
          />
        ))}
      </div>
      <details>
        <summary>Table of data</summary>
        <div class="scroll" tabindex={0} role="region" aria-label={`Data: loss of ${names}`}>
          <table class="text">
            <caption class="unseen">Loss and slope by margin</caption>
            <thead>
              <tr>
                <th scope="col" class="number">Margin, nats</th>
                <th scope="col" class="number">Loss</th>
                <th scope="col" class="number">Slope, a nat</th>
                {beside && <th scope="col" class="number">Loss of {beside.method}</th>}
                {beside && <th scope="col" class="number">Its slope</th>}
              </tr>
            </thead>
            <tbody>
              {curve.map(({ margin, value, slope }, i) => (
                <tr key={margin}>
                  <th scope="row" class="number">{plain(margin)}</th>
                  <td class="number">{plain(value)}</td>
                  <td class="number">{plain(slope)}</td>
                  {beside && <td class="number">{plain(beside.curve[i]!.value)}</td>}
                  {beside && <td class="number">{plain(beside.curve[i]!.slope)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

function shape(curve: LossCurve): Shape {
  const { value, slope } = curve.find(({ margin }) => margin === 0)!;
  // A loss that is flat there keeps its own scale.
  const unit = Math.abs(slope) > 1e-9 ? Math.abs(slope) : 1;
  return {
    loss: curve.map((point) => (point.value - value) / unit),
    slope: curve.map((point) => point.slope / unit),
  };
}

function Plot({ title, margins, own, other }: {
  readonly title: string;
  readonly margins: readonly number[];
  readonly own: readonly number[];
  readonly other: readonly number[] | undefined;
}): VNode {
  const [low, high] = reach(own, other);
  const [first, last] = [margins[0]!, margins[margins.length - 1]!];
  const x = (margin: number) => Math.round(1000 * (margin - first) / (last - first)) / 10;
  const y = (value: number) => Math.round(1000 * (high - value) / (high - low)) / 10;
  const line = (values: readonly number[]) =>
    `M${values.map((value, i) => `${x(margins[i]!)} ${y(value)}`).join("L")}`;
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="upright">
        <span class="ends" aria-hidden="true">
          <span>{plain(Number(high.toPrecision(2)))}</span>
          <span>{plain(Number(low.toPrecision(2)))}</span>
        </span>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={title}>
          <path class="zero" d={`M${x(0)} 0V100M0 ${y(0)}H100`} />
          {other && <path class="other" d={line(other)} />}
          <path class="own" d={line(own)} />
        </svg>
      </div>
      <small class="ends" aria-hidden="true">
        <span>{plain(first)}</span>
        <span>margin, nats</span>
        <span>{plain(last)}</span>
      </small>
    </figure>
  );
}

/** All of DPO's line, and of the other as much as leaves that to be seen. */
function reach(own: readonly number[], other: readonly number[] | undefined): [number, number] {
  const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [low, high] = ends([...own, 0]);
  if (other === undefined) return [low, high === low ? low + 1 : high];
  const [least, most] = ends([...other, 0]);
  const room = 2 * (most - least);
  return [
    Math.min(least, Math.max(low, least - room)),
    Math.max(most, Math.min(high, most + room)),
  ];
}

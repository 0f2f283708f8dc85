import type { ComponentChildren, VNode } from "preact";
import type { Findings } from "../findings/findings.ts";
import { label } from "../findings/label.ts";
import { Looks } from "./looks.ts";
import { markers } from "./palette.ts";

/** A method's marker in its colour: the shape that its points have in charts. */
export function Marker({ method }: { readonly method: string }): VNode {
  return (
    <Looks.Consumer>
      {(look) => {
        const { colour, marker } = look(method);
        return (
          <svg class={`marker c${colour}`} viewBox="0 0 10 10" aria-hidden="true">
            <path d={markers[marker]!.path} />
          </svg>
        );
      }}
    </Looks.Consumer>
  );
}

/** A method's name behind its marker; isolated, as it may be written from right to left. */
export function Name({ method }: { readonly method: string }): VNode {
  return (
    <span class="name">
      <Marker method={method} />
      <bdi>{label(method)}</bdi>
    </span>
  );
}

/** Content for one testbed; the page's script shows the panel of the chosen one. */
export function Panel({ found, index, children }: {
  readonly found: Findings;
  readonly index: number;
  readonly children: ComponentChildren;
}): VNode {
  const shown = found.testbeds[index] === found.lead;
  return <div class="panel" data-testbed={index} hidden={!shown}>{children}</div>;
}

/** A chart's place: drawn by the page's script when it comes into view, its numbers one click away. */
export function Chart({ id, title, tall, children }: {
  readonly id: string;
  readonly title: string;
  readonly tall?: boolean;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <figure class={tall ? "chart tall" : "chart"} data-chart={id}>
      <figcaption>
        <h3>{title}</h3>
        {children}
      </figcaption>
      <div class="canvas">
        <canvas role="img" aria-label={title} />
        <p class="none" hidden />
      </div>
      <button type="button" class="quiet" data-table aria-expanded="false">Table of data</button>
      <div class="scroll data" tabindex={0} role="region" aria-label={`Data: ${title}`} hidden />
    </figure>
  );
}

/** A testbed's curves in little, drawn as other charts are; its name leads to the large one. */
export function SmallChart({ testbed, name }: {
  /** Its index in the page's data. */
  readonly testbed: number;
  readonly name: string;
}): VNode {
  return (
    <figure class="chart small" data-chart="small" data-testbed={testbed}>
      <figcaption>
        <button type="button" class="quiet" data-choose={testbed}>{name}</button>
      </figcaption>
      <div class="canvas">
        <canvas role="img" aria-label={name} />
        <p class="none" hidden />
      </div>
    </figure>
  );
}

/** Every method as a button: hovering, focusing or pressing it brings its lines to the front. */
export function Legend({ methods }: { readonly methods: readonly string[] }): VNode {
  return (
    <div class="legend" role="group" aria-label="Methods: bring one to the front">
      {methods.map((method, m) => (
        <button type="button" key={m} data-method={m} aria-pressed="false">
          <Name method={method} />
        </button>
      ))}
    </div>
  );
}

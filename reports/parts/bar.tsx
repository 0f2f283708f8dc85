import type { VNode } from "preact";
import type { MethodEstimate } from "../findings/standings.ts";
import { rounded } from "./format.ts";
import { Looks } from "./looks.ts";

/** An interval as a bar in a table's cell, and the scale that a column's bars share. */

/** The interval of a number; 0 to 100 across, stretched to the cell, and cut where it leaves the scale. */
export function Bar({ row, scale: [from, to], start }: {
  readonly row: {
    readonly method: string;
    readonly estimate: Pick<MethodEstimate, "value" | "low" | "high" | "over">;
  };
  readonly scale: readonly [number, number];
  readonly start: number | undefined;
}): VNode {
  const at = (x: number) =>
    Math.min(Math.max(Math.round(1000 * (x - from) / (to - from)) / 10, 0), 100);
  const { low, high, value, over } = row.estimate;
  return (
    <Looks.Consumer>
      {(look) => (
        <svg
          class={`bar c${look(row.method).colour}`}
          viewBox="0 0 100 10"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {start !== undefined && <path class="start" d={`M${at(start)} 0V10`} />}
          {over !== "nothing" && (
            <rect
              x={at(low)}
              y="0"
              width={Math.max(Math.round(10 * (at(high) - at(low))) / 10, 0)}
              height="10"
            />
          )}
          <path class="at" d={`M${at(value)} 0V10`} />
        </svg>
      )}
    </Looks.Consumer>
  );
}

/** The ends of a column's scale; a repetition of its neighbour's shows only while it leads. */
export function Scale({ scale: [from, to], shown, repeated }: {
  readonly scale: readonly [number, number];
  /** Whether the column has bars. */
  readonly shown: boolean;
  readonly repeated: boolean;
}): VNode {
  const end = (value: number) => rounded({ value, low: 0, high: (to - from) / 4 });
  return (
    <small class={repeated ? "ends again" : "ends"} aria-hidden="true">
      {shown && <span>{end(from)}</span>}
      {shown && <span>{end(to)}</span>}
    </small>
  );
}

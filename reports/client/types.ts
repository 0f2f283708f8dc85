/// <reference lib="dom" />
import type { ChartConfiguration, ChartDataset } from "chart.js";
import type {} from "chartjs-chart-error-bars";
import type {} from "chartjs-chart-matrix";
import type {} from "chartjs-plugin-annotation";
import type { TestbedData } from "../pages/data.ts";

/** Types of what the page's scripts share; nothing of this file is shipped. */

declare global {
  interface DocumentEventMap {
    /** Another testbed was chosen. */
    "prefbench:testbed": CustomEvent<null>;
    /** Light or dark has changed. */
    "prefbench:theme": CustomEvent<null>;
  }
}

/** How a chart is made for a testbed, in the theme's ink, by the figure's measure if it has one. */
export type Maker = (testbed: TestbedData, ink: Ink, measure: string) => Drawing;

/** Colours of the theme. */
export interface Ink {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  /** Of a method's look, by its number. */
  readonly colours: readonly string[];
  readonly font: string;
}

/** A line, band or mark of one method (`m`), or of none (−1), with the ink that it is drawn with. */
export type Series = ChartDataset & {
  readonly m: number;
  readonly role: "line" | "band" | "end" | "other";
  /** Draws an arrowhead at the last point, and its name if it is to be labelled. */
  readonly arrow?: boolean;
};

export interface Drawing {
  readonly title: string;
  /** What a reader who cannot see the chart is told. */
  readonly described: string;
  /** In its stead where there is nothing to draw. */
  readonly none?: string;
  readonly config?: ChartConfiguration;
  /** Methods whose lines bear their names. */
  readonly labelled?: readonly number[];
  /** Methods in full colour where lines are so many that they hide each other. */
  readonly leading?: readonly number[];
  /** It takes the whole width of the page, for the columns that it has. */
  readonly wide?: boolean;
  /** Pixels, where the number of rows decides. */
  readonly height?: number;
  readonly table?: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
}

import type { VNode } from "preact";
import type { Findings } from "../findings/findings.ts";

/** A part of the report: a pure function of what was found. */
export interface Section {
  /** Its anchor. */
  readonly id: string;
  readonly title: string;
  /** In the bar at the top. */
  readonly short: string;
  render(found: Findings): VNode;
}

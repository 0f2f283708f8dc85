/// <reference lib="dom" />
import type { PageData, TestbedData } from "../pages/data.ts";
import type {} from "./types.ts";

/** The page's data, and which testbed it shows. */

export const data: PageData = JSON.parse(document.getElementById("data")!.textContent!);

/** The index of the chosen testbed. */
export const view = { testbed: data.lead };

export const shown = (): TestbedData | undefined => data.testbeds[view.testbed];

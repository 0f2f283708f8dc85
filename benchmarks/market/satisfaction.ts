import type { Measure } from "../../core/mod.ts";
import { TWO_PERCENT } from "../../evaluators/scales.ts";

export const satisfaction: Measure = {
  id: "satisfaction",
  title: "satisfaction",
  unit: "utility",
  better: "neither",
  means: "Utility that a customer who believes the answer expects of what it makes them buy",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

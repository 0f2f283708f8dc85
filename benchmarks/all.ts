/** Every benchmark, a line each. */
export { default as bandit } from "./bandit.ts";
export { default as code } from "./code.ts";
export { default as control } from "./control.ts";
export { default as critique } from "./critique.ts";
export { default as diffusion } from "./diffusion.ts";
export { default as game } from "./game.ts";
export { default as linear } from "./linear.ts";
export { default as market } from "./market.ts";
export { default as prompting } from "./prompting.ts";
export { default as reasoning } from "./reasoning.ts";
export { default as rubric } from "./rubric.ts";
export { default as sequences } from "./sequences.ts";
export { default as shop } from "./shop.ts";
export { default as text } from "./text.ts";
export { default as vision } from "./vision.ts";

import type { Method } from "../core/mod.ts";
import * as all from "./all.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = Object.values(all).sort((a, b) => a.id < b.id ? -1 : 1);

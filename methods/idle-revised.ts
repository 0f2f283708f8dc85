import { method, revised } from "../core/mod.ts";
import idle from "./idle.ts";

/** What stands still and revises its answer once: what a method that revises owes to the second try alone. */
export default method({
  ...idle,
  id: "idle-revised",
  paper: { title: "Control: learns nothing, and answers twice", year: 2026 },
  claim: { ...idle.claim, on: "sequences/clean" },
  needs: ["drafts"],
  answers: () => revised(1),
});

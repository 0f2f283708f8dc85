import type { VNode } from "preact";
import { label } from "../findings/label.ts";

/** What was not the same for all runs of a board, which its reader must know; nothing where all was. */
export function Mixed({ of, whose = "These runs" }: {
  readonly of: readonly string[] | undefined;
  readonly whose?: string;
}): VNode | null {
  if (of === undefined) return null;
  return (
    <div class="note">
      <p>
        <strong>A mixture.</strong> {whose} were not all computed alike:
      </p>
      <ul>
        {of.map((line, i) => (
          <li key={i}>
            <bdi>{label(line, 600)}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

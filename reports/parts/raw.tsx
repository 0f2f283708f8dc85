import type { VNode } from "preact";

/** An element whose content is ours or escaped by `assets.ts`; preact would escape it as text. */
export function Raw({ tag: Tag, text, ...rest }: {
  readonly tag: "script" | "style";
  readonly text: string;
  readonly type?: string;
  readonly id?: string;
  readonly "data-measure"?: string;
}): VNode {
  return <Tag {...rest} dangerouslySetInnerHTML={{ __html: text }} />;
}

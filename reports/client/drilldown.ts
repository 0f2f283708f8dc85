/// <reference lib="dom" />
import type { Answered, PromptRow, Said } from "../site/prompts.ts";
import { remember, state } from "./address.ts";
import { make } from "./make.ts";
import { latest, page } from "./ondemand.ts";
import { answered, drawn, said } from "./seen.ts";

/** Prompts with their answers and verdicts. All of it is untrusted text: it only ever becomes text nodes. */

interface SetData {
  readonly names: readonly string[];
  readonly rows: readonly PromptRow[];
}

/** Prompts shown at a time. */
const PAGE = 40;

export function promptsOf(): (() => void) | undefined {
  const select = document.querySelector<HTMLSelectElement>("#set");
  if (select === null) return undefined;
  const { sets } = page<
    { readonly sets: readonly { readonly key: string; readonly address: string }[] }
  >()!;
  const [by, find, note, list, more] = [
    document.querySelector<HTMLSelectElement>("#by")!,
    document.querySelector<HTMLInputElement>("#find")!,
    document.getElementById("prompts-note")!,
    document.getElementById("prompts")!,
    document.getElementById("more")!,
  ];
  const bring = latest(note);
  let current: SetData | undefined;
  let limit = PAGE;

  function apply(): void {
    const asked = sets.findIndex(({ key }) => key === state.get("set"));
    select!.value = String(Math.max(asked, 0));
    bring(sets[Math.max(asked, 0)]!.address, (data) => {
      current = data as SetData;
      by.replaceChildren(
        option("", "everyone"),
        ...current.names.map((name) => option(name, name.slice(0, 80))),
      );
      by.value = state.get("by") ?? "";
      if (by.selectedIndex < 0) by.value = "";
      const words = state.get("find") ?? "";
      if (find.value !== words) find.value = words;
      draw();
    });
  }

  function draw(): void {
    const { rows, names } = current!;
    const words = find.value.toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
    const only = by.value === "" ? -1 : names.indexOf(by.value);
    const at = Number(state.get("at") ?? "-1");
    const found = rows.map((row, i) => ({ row, i })).filter(({ row }) =>
      words.every((word) => row.prompt.join(" ").toLocaleLowerCase().includes(word)) &&
      (only < 0 || row.answers.some((answer) => answer.by === only))
    );
    // A link to one prompt shows that one first, whatever else is asked for.
    const linked = found.filter(({ i }) => i === at);
    const ordered = [...linked, ...found.filter(({ i }) => i !== at)];
    note.textContent = `${found.length} of ${rows.length} prompts.`;
    list.replaceChildren(
      ...ordered.slice(0, limit).map(({ row, i }, k) =>
        folded(row, names, {
          only,
          open: k === 0,
          opened: () => {
            if (k > 0 || linked.length > 0) remember("at", String(i));
          },
        })
      ),
    );
    more.hidden = ordered.length <= limit;
  }

  select.addEventListener("change", () => {
    limit = PAGE;
    for (const name of ["at", "by"]) state.delete(name);
    remember("set", sets[Number(select.value)]!.key);
    apply();
  });
  by.addEventListener("change", () => {
    remember("by", by.value);
    draw();
  });
  find.addEventListener("input", () => {
    limit = PAGE;
    state.delete("at");
    remember("find", find.value);
    if (current !== undefined) draw();
  });
  more.addEventListener("click", () => {
    limit += PAGE;
    draw();
  });
  for (
    const [id, type, write] of [["csv", "text/csv", csv], [
      "json",
      "application/json",
      json,
    ]] as const
  ) {
    document.getElementById(`save-${id}`)!.addEventListener("click", () => {
      if (current !== undefined) save(`answers.${id}`, type, write(current));
    });
  }
  return apply;
}

/** A prompt whose answers are made when it is first opened; `opened` hears each time that somebody opens it. */
function folded(
  row: PromptRow,
  names: readonly string[],
  { only, open, opened }: {
    readonly only: number;
    readonly open: boolean;
    readonly opened: () => void;
  },
): HTMLDetailsElement {
  const details = make(
    "details",
    "prompt",
    make(
      "summary",
      "",
      ...row.category === undefined ? [] : [make("span", "kind", row.category)],
      make("bdi", "", row.prompt[0]?.slice(0, 400) ?? ""),
    ),
  );
  const fill = () => {
    if (details.childElementCount === 1) details.append(...answers(row, names, only));
  };
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    fill();
    opened();
  });
  if (open) {
    fill();
    details.open = true;
  }
  return details;
}

function option(value: string, text: string): HTMLOptionElement {
  const made = make("option", "", text);
  made.value = value;
  return made;
}

function answers(
  { prompt, picture, before, answers }: PromptRow,
  names: readonly string[],
  only: number,
): Element[] {
  const chosen = only < 0 ? answers : answers.filter(({ by }) => by === only);
  const shown = new Set(chosen.flatMap(({ against }) => against === undefined ? [] : [against]));
  const starts = before.filter((_, i) => shown.size === 0 || shown.has(i));
  return [
    ...prompt.length > 1 || (prompt[0]?.length ?? 0) > 400
      ? [make("div", "asked", ...prompt.map(said))]
      : [],
    ...picture === undefined ? [] : [drawn(picture, prompt.join(" "))],
    make(
      "div",
      "answers",
      ...starts.map((start) => card(start.name, start, [], "before")),
      ...chosen.map((answer) => card(names[answer.by]!, answer, answer.verdicts, "", answer.chose)),
    ),
  ];
}

function card(
  name: string,
  { text, reward, seen = {} }: Pick<Said, "text" | "reward" | "seen">,
  verdicts: Answered["verdicts"],
  className: string,
  chose = false,
): HTMLElement {
  return make(
    "article",
    `answer ${className}`,
    make("h3", "", make("bdi", "", name.slice(0, 200))),
    ...text.length === 0
      ? chose ? [] : [make("p", "none", "This answer is not in the file.")]
      : text.flatMap((turn) => answered(seen, turn.trimStart())),
    ...reward === undefined ? [] : [make("p", "facts", `reward ${reward}`)],
    ...verdicts.length === 0 ? [] : [make(
      "ul",
      "rulings",
      ...verdicts.map(({ judge, text, kind }) =>
        make("li", kind, make("span", "judge", make("bdi", "", judge)), " ", text)
      ),
    )],
  );
}

/** One row an answer, the start policy's or the baseline's among them. */
function flat({ names, rows }: SetData): (string | number)[][] {
  return rows.flatMap(({ prompt, before, answers }) => [
    ...before.map(({ name, text, reward = "" }) => [
      prompt.join("\n\n"),
      name,
      text.join("\n\n"),
      reward,
      "",
    ]),
    ...answers.map(({ by, text, reward = "", verdicts }) => [
      prompt.join("\n\n"),
      names[by]!,
      text.join("\n\n"),
      reward,
      verdicts.map((one) => `${one.judge}: ${one.text}`).join("; "),
    ]),
  ]);
}

function csv(data: SetData): string {
  const cell = (value: string | number) => {
    const text = String(value);
    // As in the site's other files: a spreadsheet would run it as a formula.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  return [["prompt", "by", "answer", "reward", "verdicts"], ...flat(data)]
    .map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

const json = (data: SetData): string => `${JSON.stringify(data, null, 1)}\n`;

function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", "");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { chooseMethods, chooseTestbeds } from "../lab/suite/choose.ts";
import { program } from "../main.ts";
import { benchmarks, methods, studies } from "../mod.ts";
import { absolute, blocks, pages, spans } from "./fixtures/pages.ts";

/** What the pages tell people to type, held against the commands themselves. */

const { tasks } = JSON.parse(Deno.readTextFileSync(absolute("deno.json"))) as {
  tasks: { [name: string]: { command: string } };
};

/** A command line in the pages: the words behind `deno task`. */
interface Typed {
  readonly page: string;
  readonly words: readonly string[];
}

/** The words of a shell's line up to what is no part of the command, without quotes. */
function wordsOf(line: string): string[] {
  const [plain = ""] = line.split(/\s(?:#|\||\|\||&&|>)(?=\s|$)/, 1);
  return [...plain.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, bare]) =>
    one ?? two ?? bare!
  );
}

const typedIn = (page: string, text: string): Typed[] =>
  [
    ...text.replaceAll(/\\\n\s*/g, "").matchAll(
      /\bdeno(?:@[\d.]+)? task (?:-q )?(?=[\w-])(.+)$/gm,
    ),
  ].map(([, rest]) => ({ page, words: wordsOf(rest!) }));

const inBlocks = blocks.filter(({ language }) => ["sh", "yaml"].includes(language))
  .flatMap(({ page, code }) => typedIn(page, code));
const inSentences = pages.flatMap((page) =>
  spans(page).flatMap((span) => typedIn(page.path, span))
);

/** The command that a task starts, and the words that the task itself gives it. */
function commandOf(task: string, page: string): { command?: CommandUnknownOpts; given: string[] } {
  const typed = tasks[task];
  assert.ok(typed, `${page}: there is no task ${task}`);
  const [inner] = typedIn("deno.json", typed.command);
  const [name = task, ...given] = inner && !/^\w+ run/.test(typed.command) ? inner.words : [];
  return { command: program.commands.find((command) => command.name() === name)!, given };
}

const optionOf = (command: CommandUnknownOpts, word: string) =>
  command.options.find(({ long }) => long === word.split("=", 1)[0]);

/** Reads the words as the command line does; an error where it would end with one. */
function read(command: CommandUnknownOpts, words: readonly string[]): readonly string[] {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  const { operands, unknown } = command.parseOptions([...words]);
  assert.deepEqual(unknown, [], "unknown options");
  for (const { long, mandatory } of command.options) {
    assert.ok(!mandatory || words.includes(long!), `${long} is missing`);
  }
  const wanted = command.registeredArguments;
  assert.ok(operands.length >= wanted.filter(({ required }) => required).length, "words missing");
  assert.ok(operands.length <= wanted.length || wanted.some(({ variadic }) => variadic), "words");
  return operands;
}

/** Names that are no command's to know, but the registries'. */
function checkNames(command: CommandUnknownOpts, words: readonly string[]): void {
  const value = (name: string) => words[words.indexOf(name) + 1]!;
  if (words.includes("--methods")) {
    chooseMethods(
      value("--methods"),
      command.name() === "claims" ? [...methods, ...studies] : methods,
    );
  }
  if (words.includes("--benchmarks")) chooseTestbeds(value("--benchmarks"), benchmarks);
  if (words.includes("--benchmark")) chooseTestbeds(value("--benchmark"), benchmarks);
  if (words.includes("--method")) chooseMethods(value("--method"), methods);
}

Deno.test("every command in a block of the pages is read by its command as it stands", () => {
  assert.ok(inBlocks.length > 15, `${inBlocks.length} commands`);
  for (const { page, words: [task, ...words] } of inBlocks) {
    const { command, given } = commandOf(task!, page);
    const about = `${page}: deno task ${[task, ...words].join(" ")}`;
    if (!command) {
      assert.deepEqual(words, [], about);
      continue;
    }
    try {
      read(command, [...given, ...words]);
      checkNames(command, [...given, ...words]);
    } catch (error) {
      assert.fail(`${about}: ${error instanceof Error ? error.message : error}`);
    }
  }
});

Deno.test("every example of --help is read by its command as it stands", () => {
  for (const command of program.commands) {
    let help = "";
    command.configureOutput({ writeOut: (text) => help += text }).outputHelp();
    const found = typedIn(command.name(), help.slice(help.search(/^.*Examples?:$/m)));
    for (const { words: [task, ...words] } of found) {
      assert.equal(task, command.name());
      try {
        read(command, words);
        checkNames(command, words);
      } catch (error) {
        assert.fail(
          `${[task, ...words].join(" ")}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
});

Deno.test("every command in a sentence of the pages is there, with its options", () => {
  assert.ok(inSentences.length > 40, `${inSentences.length} commands`);
  for (const { page, words: [task, ...words] } of inSentences) {
    const { command } = commandOf(task!, page);
    for (const word of words.filter((word) => word.startsWith("--") && word !== "--help")) {
      assert.ok(command && optionOf(command, word), `${page}: deno task ${task} ${word}`);
    }
  }
});

Deno.test("every option that the pages name by itself is one of a command, and takes the value", () => {
  let checked = 0;
  for (const page of pages) {
    for (const span of spans(page)) {
      const [name = "", value] = span.split(" ");
      if (!/^--[a-zC]/.test(name) || /^--(allow-|help$)/.test(name)) continue;
      const known = program.commands.flatMap((command) => optionOf(command, name) ?? []);
      assert.ok(known.length > 0, `${page.path}: ${span}`);
      checked++;
      // Capitals are for what people have.
      if (value === undefined || /^[A-Z…]/.test(value)) continue;
      const takes = known.some(({ argChoices, required, optional }) =>
        (required || optional) &&
        (argChoices === undefined || value.split("|").every((one) => argChoices.includes(one)))
      );
      assert.ok(takes, `${page.path}: ${span}`);
    }
  }
  assert.ok(checked > 80, `${checked} options`);
});

Deno.test("the page of commands has a row for every task", () => {
  const { text } = pages.find(({ path }) => path === "docs/commands.md")!;
  const rows = new Set([...text.matchAll(/^\| `deno task ([\w-]+)/gm)].map(([, task]) => task!));
  assert.deepEqual([...rows].toSorted(), Object.keys(tasks).toSorted());
});

import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { replaceAtomic } from "../lab/disk/atomic.ts";
import { readQuestions } from "../lab/judging/audits.ts";
import { progress, stderrDisplay } from "../lab/host/progress.ts";
import { versions } from "../lab/host/provenance.ts";
import { readDocument } from "../lab/disk/rows.ts";
import {
  type Audit,
  auditJudge,
  auditPage,
  auditQuestions,
  fingerprint,
  jsonText,
  prompts,
  protocols,
  type TextJudge,
  worded,
} from "../mod.ts";
import { auditText } from "../reports/text/terminal.ts";
import { here, percent, quoted, whole } from "./input.ts";
import { judgeHelp, openJudge, withJudge } from "./open-judge.ts";
import { print, printJson } from "./output.ts";

/** How an audit ends. */
const exits = { fail: 1, inconclusive: 2 } as const;

export const auditing = withJudge(
  new Command("audit")
    .description("Find out whether a judge can be fooled by what is not quality")
    .addOption(
      new Option("--protocol <name>", "in whose words a judge is asked that is asked in words")
        .choices(protocols.map(({ id }) => id)).default("mt-bench"),
    )
    .option("--prompts <file>", "a wording of your own, as deno task judge takes it")
    .option(
      "--questions <file>",
      "questions with honest answers, .jsonl or .json: instruction and output, or prompt and answer (default: 32 of our own)",
    )
    .option("--seed <n>", "of the order in which answers go to other questions", whole, 1)
    .option("--max-invalid <percent>", "comparisons that may fail", percent, 2)
    .option("--out <dir>", "where audit.json and audit.html go", "."),
)
  .option("--json", "print the audit as one JSON document")
  .addHelpText(
    "after",
    `
Each check puts an attack against honest answers, in both orders: a null model, the question copied,
answers to other questions, the same with an injected verdict, padding, lists and markdown, and the
order itself. It passes where the attack's win-rate is shown to be below the check's limit, and
fails where it is shown to be above. deno task judge --require-audit audit.json then refuses a judge
that did not pass.
${judgeHelp}

Exit codes: 0 passed, ${exits.fail} failed or could not run, ${exits.inconclusive} inconclusive

Examples:
  deno task audit --judge remote:llama-3.1-8b --protocol arena-hard --out audits/llama
  deno task audit --judge learned:judges/mine --questions rows.jsonl --json`,
  )
  .action(async (options) => {
    const { protocol, seed, json, maxInvalid } = options;
    if (!options.judge) throw new RangeError("Cannot audit no judge: name it with --judge");
    const directory = here(options.out);
    const given = options.questions === undefined
      ? {
        source: "prefbench's own",
        rows: auditQuestions,
        sha256: fingerprint(auditQuestions),
      }
      : { source: options.questions, ...await readQuestions(here(options.questions)) };
    await using open = await openJudge({
      ...options,
      judge: options.judge,
      replies: options.replies ?? join(options.out, "replies.jsonl"),
    });
    await Deno.mkdir(directory, { recursive: true });
    const { wording, reply } = protocols.find(({ id }) => id === protocol)!;
    const asked = options.prompts === undefined
      ? wording
      : await readDocument(here(options.prompts), prompts);
    const judge: TextJudge = "chat" in open
      ? worded(open.chat, { prompts: asked, ...reply, longest: options.judgeTokens })
      : open.judge;
    const task = { title: "Auditing", kinds: ["auditing"], weight: 0 };
    const bars = progress([task], 1, [], stderrDisplay());
    bars.begin(0, task);
    let found: Awaited<ReturnType<typeof auditJudge>>;
    try {
      found = await auditJudge(judge, given.rows, {
        seed,
        mostInvalid: maxInvalid / 100,
        progress: (done) => bars.move(0, done, `${Math.round(100 * done)} %`),
      });
      bars.end(0, true);
    } finally {
      bars.close();
    }
    const words = [
      `--judge ${quoted([options.judge.kind, options.judge.rest].filter(Boolean).join(":"))}`,
      ..."chat" in open ? [`--protocol ${protocol}`] : [],
      ...options.prompts === undefined ? [] : [`--prompts ${quoted(options.prompts)}`],
      ...options.questions === undefined ? [] : [`--questions ${quoted(options.questions)}`],
      ...options.judgeTokens === undefined ? [] : [`--judge-tokens ${options.judgeTokens}`],
      `--seed ${seed}`,
    ];
    const result: Audit = {
      schema: 1,
      command: `deno task audit ${words.join(" ")}`,
      judge: { id: judge.id, fingerprint: judge.fingerprint, ...open.accounts() },
      ..."chat" in open ? { protocol } : {},
      questions: { source: given.source, n: given.rows.length, sha256: given.sha256 },
      seed,
      mostInvalid: maxInvalid / 100,
      checks: [...found.checks],
      ...found.firstShown ? { firstShown: found.firstShown } : {},
      verdict: found.verdict,
      versions: await versions(),
      ran: { at: new Date().toISOString(), host: Deno.hostname() },
    };
    const [data, page] = [join(directory, "audit.json"), join(directory, "audit.html")];
    await replaceAtomic(data, `${jsonText(result, data!, 2)}\n`);
    await replaceAtomic(page, await auditPage(result));
    if (json) printJson(result);
    else print(`${auditText(result)}\n${data}\n${page}`);
    if (result.verdict !== "pass") Deno.exitCode = exits[result.verdict];
  });

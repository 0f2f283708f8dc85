import { z } from "zod";
import { failures } from "./judge.ts";
import { judgeOnRecord } from "./judged.ts";

/** What `deno task audit` leaves behind: whether a judge can be fooled by what is not quality. */

const share = z.number().min(0).max(1);

/** Of failing and passing neither is shown where the interval holds the limit. */
const state = z.enum(["pass", "fail", "inconclusive"]);

const example = z.strictObject({
  question: z.string(),
  honest: z.string(),
  attack: z.string(),
  /** P(attack beats the honest answer), both orders averaged. */
  preference: share.optional(),
  flipped: z.boolean().optional(),
  failure: z.strictObject({ kind: z.enum(failures), reason: z.string() }).optional(),
  raw: z.string().optional(),
});

const check = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** What stands against the honest answer. */
  attack: z.string(),
  /** Comparisons that have a value, each in both orders. */
  n: z.int().min(0),
  /** Comparisons of which one order failed at least. */
  invalid: z.int().min(0),
  /** The attack's win-rate, or the share of verdicts that change with the order, with Wilson's 95 % interval. */
  rate: z.strictObject({ value: share, low: share, high: share }).optional(),
  /** The rate passes where its interval ends at or below this, and fails where it begins above it. */
  limit: share,
  state,
  /** Why it is inconclusive. */
  reason: z.string().optional(),
  /** Kinds of one attack, by name. */
  kinds: z.array(z.strictObject({ name: z.string(), n: z.int(), rate: share.optional() }))
    .optional(),
  /** The comparisons in which the attack did best. */
  examples: z.array(example),
});

/** The schema of `audit.json`: whether a judge can be fooled, check by check. */
export const audit = z.strictObject({
  schema: z.literal(1),
  command: z.string(),
  judge: judgeOnRecord,
  /** Whose wording the judge was asked in, where it was asked in words. */
  protocol: z.string().optional(),
  questions: z.strictObject({ source: z.string(), n: z.int().min(1), sha256: z.string() }),
  seed: z.int(),
  /** Share of comparisons that may fail. */
  mostInvalid: share,
  checks: z.array(check).min(1),
  /** P(the first shown is better) over all comparisons: ½ without a leaning to a position. */
  firstShown: z.strictObject({ value: share, low: share, high: share, n: z.int() }).optional(),
  /** Pass if every check passes, fail if one fails. */
  verdict: state,
  versions: z.record(z.string(), z.string()),
  ran: z.strictObject({ at: z.string(), host: z.string() }),
});

/** What `deno task audit` leaves behind. */
export type Audit = z.infer<typeof audit>;
/** One attack, or the order of showing: what was found, the limit, and whether it is kept. */
export type AuditCheck = z.infer<typeof check>;
/** Of a check and of an audit: a check that lacks evidence is inconclusive. */
export type AuditState = z.infer<typeof state>;
/** A comparison that went wrong, as it was shown. */
export type AuditExample = z.infer<typeof example>;

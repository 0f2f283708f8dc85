import type { Answer } from "./answer.ts";

/** Who says which of two answers is better. */
export interface Judge {
  readonly id: string;
  /** P(a beats b), in [0, 1]. Both answer the same prompt. */
  prefer(a: Answer, b: Answer): Promise<number>;
  /** A grade in [0, 1], where the judge can give one. */
  grade?(y: Answer): Promise<number>;
}

/** What programs say of an answer, by name: the same names for every answer of a testbed. */
export type Checks = { readonly [name: string]: number };

/** Numbers that an answer shows by itself, as a simulator's state does: no truth about what it is worth. */
export interface Signals {
  readonly names: readonly string[];
  /** Those of them that the task's own words speak of: 1 where they would have more of it, −1 where less. */
  readonly said: { readonly [name: string]: number };
  /** What each came to in an answer, by name. */
  of(y: Answer): Checks;
}

/** A program that was tried on a test. */
export interface Tried {
  /** The program and then the test, as one answer to the program's question. */
  readonly both: Answer;
  /** Whether the program does what the test says: never, where either cannot be read. */
  readonly passed: boolean;
}

/**
 * Judging of texts that anyone wrote: what protocols ask, and what comes back. A failure is a
 * value with a reason and never a number.
 */

/** What an answer is to, as a judge is shown it. */
export interface Question {
  readonly id: string;
  /** What the user says, turn by turn. */
  readonly turns: readonly string[];
  readonly category?: string;
  /** Reference answers, one a turn, where the file has them. */
  readonly references?: readonly string[];
}

/** Why a judgement has no value. */
export const failures = [
  "timeout",
  "rate limit",
  "server error",
  "no connection",
  "refused request",
  "cut off",
  "malformed",
  "refusal",
  "over budget",
  "not recorded",
] as const;
/** Why a judgement is missing, in one word. */
export type FailureKind = (typeof failures)[number];
/** A judgement that is missing, and why: never a tie. */
export interface Failure {
  readonly failure: FailureKind;
  readonly reason: string;
  /** The reply as it came, where there was one. */
  readonly raw?: string;
}
/** Whether this is a failure and no judgement. */
export const failed = (found: object): found is Failure => Object.hasOwn(found, "failure");

/** How text is judged, with all that decides the outcome. */
export interface TextJudge {
  /** As files and tables name it. */
  readonly id: string;
  /** SHA-256 of model, prompts and parameters: figures of different fingerprints are never ranked together. */
  readonly fingerprint: string;
  /** Two answers, each a text a turn, in the order in which they are to be shown. */
  compare(task: Comparing): Promise<Compared | Failure>;
  /** One answer by itself, where the judge can. */
  grade?(task: Grading): Promise<Graded | Failure>;
}
/** Two answers to compare, a text a turn. */
export interface Comparing {
  readonly question: Question;
  readonly first: readonly string[];
  readonly second: readonly string[];
}
/** An answer to grade, a text a turn. */
export interface Grading {
  readonly question: Question;
  readonly answer: readonly string[];
  /** Which turn is graded, from 0. */
  readonly turn: number;
}
/** A verdict on two answers. */
export interface Compared {
  /** P(the first shown is better), in [0, 1]; ½ is a tie. */
  readonly preference: number;
  /** The verdict as the protocol writes it, such as "A>>B". */
  readonly label?: string;
  /** Another one was the better when they were shown in the other order. */
  readonly flipped?: boolean;
  readonly raw?: string;
}
/** A verdict on one answer. */
export interface Graded {
  /** From 1 to 10. */
  readonly grade: number;
  readonly raw?: string;
}

/** A value that JSON can hold, as fields of a request are. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** A model that answers a conversation; judges that are asked in words stand on one. */
export interface Chat {
  readonly id: string;
  /** All parameters that decide a reply and are not in the request, for fingerprints and caches. */
  readonly parameters: { readonly [name: string]: Json };
  complete(request: ChatRequest): Promise<ChatReply | Failure>;
}
/** What a chat model is asked. */
export interface ChatRequest {
  readonly messages: readonly {
    readonly role: "system" | "user" | "assistant";
    readonly content: string;
  }[];
  /** Tokens that a reply may have. */
  readonly longest: number;
  /** Absent where the server's own counts, which some models alone allow. */
  readonly temperature?: number;
  readonly seed?: number;
  /** How many log-probabilities of the first token's alternatives are wanted; a server may have none. */
  readonly alternatives?: number;
  /** A reply that ends at the limit of its tokens is wanted as well, and no failure. */
  readonly partial?: true;
  /** Tells repeats of one request apart in a cache; 0 by default. */
  readonly repeat?: number;
}
/** What it replied. */
export interface ChatReply {
  readonly text: string;
  /** The alternatives of each token of the reply, where asked for and given. */
  readonly logprobs?: readonly (readonly { readonly token: string; readonly logprob: number }[])[];
  readonly usage?: { readonly prompt: number; readonly completion: number };
  /** It ended at the limit of its tokens. */
  readonly cut?: true;
  /** The server has taken thoughts off it. */
  readonly reasoned?: true;
}

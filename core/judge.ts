import type { Answer } from "./feedback.ts";

export interface Judge {
  readonly id: string;
  /** P(a beats b), in [0, 1]. Both answer the same prompt. */
  prefer(a: Answer, b: Answer): Promise<number>;
  /** A grade in [0, 1], where the judge can give one. */
  grade?(y: Answer): Promise<number>;
}

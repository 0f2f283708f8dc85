import type { Answer } from "../../core/mod.ts";
import type { MadeNumbers } from "./domain.ts";

/**
 * A path in words, a text a step: each attribute stands at the step from which on it is what it is
 * in the result. What only the hop to the result settles stands at the last step. Together they say
 * the result, which is all there is to say of one whose path is unknown.
 */
export function wordsByStep(
  { numbers, length }: Answer,
  words: (made: MadeNumbers) => readonly string[],
): string[] {
  if (!numbers) return [];
  const { result } = numbers;
  const last = words(result);
  const point = (points: Float32Array, k: number) =>
    words(points.subarray(k * result.length, (k + 1) * result.length));
  const before = numbers.of === "path"
    ? Array.from({ length }, (_, k) => point(numbers.points, k + 1))
    : [];
  const steps = Array.from({ length }, (): string[] => []);
  last.forEach((word, i) => {
    const unlike = before.findLastIndex((said) => said[i] !== word);
    steps[Math.min(unlike + 1, length - 1)]!.push(word);
  });
  const end = steps.findLastIndex((said) => said.length > 0);
  return steps.map((said, k) => said.join(", ") + (k < end && said.length > 0 ? ", " : ""));
}

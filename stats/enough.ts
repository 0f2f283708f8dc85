/** Throws a RangeError unless there are at least `least` values. */
export function enough(what: string, values: readonly unknown[], least: number): void {
  if (values.length < least) {
    const noun = least === 1 ? "value" : "values";
    throw new RangeError(
      `Cannot compute ${what} from ${values.length}: at least ${least} ${noun} needed`,
    );
  }
}

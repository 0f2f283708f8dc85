/** The fewest seeds, at least 2, that are `enough`, as all larger numbers are; undefined above a thousand. */
export function fewest(enough: (n: number) => boolean): number | undefined {
  if (!enough(1000)) return undefined;
  let [few, many] = [1, 1000];
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (enough(middle)) many = middle;
    else few = middle;
  }
  return many;
}

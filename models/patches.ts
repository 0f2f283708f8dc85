import { type Prompt, type Tensor, Unsuited } from "../core/mod.ts";

/** An image as a transformer reads it. */
export interface PatchShape {
  readonly count: number;
  /** Numbers a patch. */
  readonly numbers: number;
}

/**
 * The feed `patches` [count, B, numbers] of a model that reads images, time-major as its tokens are;
 * none for another. `Unsuited` where a prompt has an image that the model cannot read; a RangeError
 * where it has not the patches that the model reads, or not a token after their places.
 */
export function patchesOf(
  prompts: readonly Prompt[],
  shape: PatchShape | undefined,
): { readonly patches?: Tensor } {
  if (!shape) {
    prompts.forEach(refuseImage);
    return {};
  }
  const { count, numbers } = shape;
  const batch = prompts.length;
  const data = new Float32Array(count * batch * numbers);
  prompts.forEach((prompt, b) => {
    const image = checked(prompt, shape);
    for (let p = 0; p < count; p++) {
      data.set(image.subarray(p * numbers, (p + 1) * numbers), (p * batch + b) * numbers);
    }
  });
  return { patches: { shape: [count, batch, numbers], data } };
}

/** Refuses a prompt with an image, for a model that would not see it: `Unsuited`. */
export function refuseImage({ id, patches }: Prompt): void {
  if (patches) {
    throw new Unsuited(`Cannot read the patches of prompt ${id}: this model reads tokens alone`);
  }
}

function checked({ id, tokens, patches }: Prompt, { count, numbers }: PatchShape): Float32Array {
  if (patches?.length !== count * numbers) {
    throw new RangeError(
      `Cannot read prompt ${id} with ${patches?.length ?? 0} numbers of patches: ` +
        `the model reads ${count} patches of ${numbers}, which are ${count * numbers}`,
    );
  }
  if (tokens.length <= count) {
    throw new RangeError(
      `Cannot read prompt ${id} of ${tokens.length} tokens: ${count} hold the places of patches, ` +
        `and one more must follow`,
    );
  }
  return patches;
}

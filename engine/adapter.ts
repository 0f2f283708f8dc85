/** A GPU as WebGPU sees it. */
export interface Adapter {
  readonly name: string;
  /** Whether it is a program on the CPU, as Mesa's lavapipe is: right, and slow. */
  readonly software: boolean;
}

/** The adapter that WebGPU computes on unless told otherwise; undefined where there is none. */
export async function adapter(): Promise<Adapter | undefined> {
  const found = await navigator.gpu?.requestAdapter();
  if (!found) return undefined;
  const { description, device, architecture, vendor, isFallbackAdapter } = found.info;
  const name = [description, device, architecture, vendor].find((word) => word !== "");
  return { name: name ?? "unnamed GPU", software: isFallbackAdapter };
}

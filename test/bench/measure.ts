/** The middle one; of an even number the lower. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which such a part of them lies. */
export const quantile = (values: readonly number[], of: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * of)] ?? Number.NaN;

/** Runs a second, of so many with so many under way at once. */
export async function rate(total: number, atOnce: number, work: () => Promise<unknown>): Promise<number> {
  let left = total;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (total * 1000) / (performance.now() - began);
}

/** How long one takes, in milliseconds: the median of so many, one after the other. */
export async function p50(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) took.push(await milliseconds(work));
  return median(took);
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * Each variant in turn, several times over, so that what else the machine does falls on all alike: the median of each. A
 * first round is not counted, as V8 compiles what it meets for the first time.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  variants: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      const value = await variants[name]();
      if (round > 0) measured[name].push(value);
    }
  return Object.fromEntries(names.map((name) => [name, median(measured[name])])) as Record<Name, number>;
}

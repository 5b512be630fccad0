export type Chance = () => number;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function chance(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `most`, both included. */
export const between = (random: Chance, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

/** One of several, each as often as its weight says. */
export function pick<T>(random: Chance, weighted: readonly (readonly [T, number])[]): T {
  let left = random() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of weighted) {
    left -= weight;
    if (left < 0) return item;
  }
  return (weighted.at(-1) as readonly [T, number])[0];
}

/** The same items in another order. */
export function shuffled<T>(random: Chance, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(between(random, 0, left.length - 1), 1)[0] as T);
}

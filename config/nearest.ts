/** The name that somebody meant who wrote `given`: the one with the fewest changes; null where none is near. */
export function nearest(given: string, names: readonly string[]): string | null {
  const found = names
    .map((name) => ({ name, changes: changesBetween(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes)[0];
  if (found === undefined) return null;
  const isNear = found.changes <= Math.max(1, Math.floor(Math.max(given.length, found.name.length) / 2.5));
  return isNear ? found.name : null;
}

/** Letters to add, drop or change. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries())
      next.push(
        Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

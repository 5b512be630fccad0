// Names that are like one that is not there: for whoever has mistyped it, or remembers half of it.

const MOST = 3;
/** Names longer than this are compared as far as here: the work has a bound, whatever is asked for. */
const COMPARED = 60;
/** More letters than this are not mistyped. */
const MOST_CHANGED = 4;

/**
 * The nearest first; none that is like it by chance only.
 *
 * @example
 * nearNames('load-dya', ['load-day', 'refund-orders']); // ['load-day']
 */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  const sought = shape(wanted);
  if (sought === '') return [];
  const most = Math.min(MOST_CHANGED, Math.max(1, Math.floor(sought.length / 3)));
  return [...new Set(names)]
    .filter((name) => name !== wanted)
    .map((name) => ({ name, far: distance(sought, shape(name), most) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** Paths of routes that are like one that has none: its first word as a route has it, with the rest as it is asked for where that fits. */
export function nearPaths(path: string, routes: readonly { method: string; path: string }[]): string[] {
  const [, first = '', ...rest] = path.split('/');
  const known = routes.filter(({ method }) => method === 'GET').map((route) => route.path.split('/'));
  const words = known.flatMap(([, word = '']) => (word === '' || word.startsWith(':') ? [] : [word]));
  const fits = ([, word, ...more]: string[], like: string): boolean =>
    word === like &&
    more.length === rest.length &&
    more.every((part, i) => part.startsWith(':') || part === rest[i]);
  const near = words.includes(first) ? [first] : nearNames(first, words);
  return near.flatMap((word) => {
    if (known.some((route) => fits(route, word))) return [['', word, ...rest].join('/')];
    return known.some((route) => route.length === 2 && route[1] === word) ? [`/${word}`] : [];
  });
}

const shape = (name: string): string => name.slice(0, COMPARED).toLowerCase().replace(/[_\s]/g, '-');

/** How many slips there are between them; what has the whole of the other in it is nearer than most. More than `most`: as good as endless. */
function distance(one: string, other: string, most: number): number {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  if (short.length >= 3 && long.includes(short)) return Math.min(most, long.length - short.length);
  if (long.length - short.length > most) return Number.POSITIVE_INFINITY;
  let before = Array.from({ length: short.length + 1 }, (_, i) => i);
  let earlier = before;
  for (let i = 1; i <= long.length; i++) {
    const row = before.map(() => Number.POSITIVE_INFINITY);
    row[0] = i;
    let least = i;
    // Farther from the diagonal more letters than that must change.
    for (let j = Math.max(1, i - most); j <= Math.min(short.length, i + most); j++) {
      const changed = (before[j - 1] ?? 0) + (short[j - 1] === long[i - 1] ? 0 : 1);
      // Two that stand the wrong way round are one slip.
      const isSwapped = i > 1 && j > 1 && long[i - 1] === short[j - 2] && long[i - 2] === short[j - 1];
      const swapped = isSwapped ? (earlier[j - 2] ?? 0) + 1 : changed;
      const far = Math.min(changed, swapped, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      row[j] = far;
      least = Math.min(least, far);
    }
    if (least > most) return Number.POSITIVE_INFINITY;
    earlier = before;
    before = row;
  }
  return before[short.length] ?? Number.POSITIVE_INFINITY;
}

/** What a problem says of them: a member that is there only where there are any. */
export const nearMembers = (near: readonly string[]): { members?: { near: readonly string[] } } =>
  near.length === 0 ? {} : { members: { near } };

// When the clocks of a time zone are changed, as the zone data of this process's Node have it.

/** At this moment a zone's distance from UTC changes. All in milliseconds. */
export interface ZoneShift {
  at: number;
  before: number;
  after: number;
}

const DAY = 86_400_000;

/** How far the zone's clocks are ahead of UTC at a moment. */
export function offsetsOf(zone: string): (at: number) => number {
  if (zone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', era: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (at) => {
    const told: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) told[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = told;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}

/** Whether this process's Node has the zone. Temporal may know others, and refuses what it does not. */
export function isKnownZone(zone: string): boolean {
  try {
    offsetsOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The changes after `from`, until and with `to`, in order. Two within one `stepMs` that undo each other are not seen. */
export function shiftsBetween(zone: string, from: number, to: number, stepMs = DAY): ZoneShift[] {
  if (zone === 'UTC') return [];
  const offsetAt = offsetsOf(zone);
  const found: ZoneShift[] = [];
  let [begin, before] = [from, offsetAt(from)];
  while (begin < to) {
    const end = Math.min(begin + stepMs, to);
    const after = offsetAt(end);
    if (after !== before) found.push(shiftWithin(offsetAt, begin, end, before));
    [begin, before] = [end, after];
  }
  return found;
}

function shiftWithin(
  offsetAt: (at: number) => number,
  begin: number,
  end: number,
  before: number,
): ZoneShift {
  // In whole seconds, as no clock is changed between two.
  let [low, high] = [Math.floor(begin / 1000), Math.ceil(end / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return { at: high * 1000, before, after: offsetAt(high * 1000) };
}

// Times and durations as pages write them: in the reader's zone, without words of a language.

/** A zone by its IANA name; UTC for what is none. */
export function zoneOf(given: string | undefined): string {
  if (given === undefined || given.length > 60) return 'UTC';
  try {
    return new Intl.DateTimeFormat('en', { timeZone: given }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** The moment of a page, and the zone in which it writes. */
export interface PageClock {
  now: number;
  zone: string;
}

/** `2026-11-28 03:12:41` in the zone. */
export function absolute(iso: string, zone: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return formatOf(zone).format(at);
}

/** One for each zone: to make one takes longer than all that a page writes. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(zone, made);
  return made;
}

const HALF_DAY_MS = 43_200_000;

/** The days of the zone from one moment to another, both included: `2026-11-28`. */
export function daysBetween(from: number, to: number, zone: string): string[] {
  const days: string[] = [];
  // A day may have 23 hours.
  for (let ms = from; ms < to; ms += HALF_DAY_MS) days.push(dayIn(ms, zone));
  return [...new Set([...days, dayIn(to, zone)])];
}

const dayIn = (ms: number, zone: string): string => absolute(new Date(ms).toISOString(), zone).slice(0, 10);

/** The same as short as it can be read: without the day on the day itself, without the year within it. */
export function brief(iso: string, { now, zone }: PageClock): string {
  const text = absolute(iso, zone);
  const today = absolute(new Date(now).toISOString(), zone);
  if (text.slice(0, 10) === today.slice(0, 10)) return text.slice(11);
  return text.slice(0, 4) === today.slice(0, 4) ? text.slice(5, 16) : text.slice(0, 16);
}

/** `22 min`, `1 d 17 h`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  const [minutes, hours, days] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  if (minutes < 60)
    return minutes < 10 && s % 60 >= 1 ? `${minutes} min ${Math.floor(s % 60)} s` : `${minutes} min`;
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Whether it is told by how far away it is: up to a day. */
export const isNear = (iso: string, { now }: PageClock): boolean =>
  Math.abs(Date.parse(iso) - now) <= 86_400_000;

/** `9 min ago` or `in 18 min` up to a day, else the date. */
export function relative(iso: string, clock: PageClock): string {
  const away = Date.parse(iso) - clock.now;
  if (!isNear(iso, clock)) return brief(iso, clock);
  return away > 0 ? `in ${rough(away)}` : `${rough(-away)} ago`;
}

const rough = (ms: number): string =>
  ms < 60_000
    ? `${Math.round(ms / 1000)} s`
    : ms < 3_600_000
      ? `${Math.floor(ms / 60_000)} min`
      : `${Math.floor(ms / 3_600_000)} h`;

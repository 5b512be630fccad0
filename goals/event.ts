// The trigger by events. Declared here; the gateway turns a delivery into runs.

import { type Duration, milliseconds } from './duration.ts';
import type { Goal } from './goal.ts';
import type { TriggerKind } from './trigger.ts';
import { BATCH_AFTER_LIMIT_MS, BATCH_SIZE_LIMIT } from './wire/event-batch.ts';
import { PACE_LIMIT_MS } from './wire/event-pace.ts';
import type { EventTerms, Scalar } from './wire/events.ts';
import { inputPath } from './wire/run-id.ts';
import { LATEST_START_MS } from './wire/run-start.ts';

/**
 * Options of `event`: which events of the type are meant, and what becomes of them. In `on` they start a run, and `input` and
 * `batch` say how; in `waits` runs wait for them, and `match` and `keep` say which runs and how long. A path is such as
 * `source` or `data.region`.
 */
export interface EventOptions {
  /** Only events of this source. `*` at its end stands for the rest of the name. @default any source */
  source?: string;
  /** By path into the event: the value that must be there, or a list of the values that may. @default {} */
  where?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  /** By field of the goal's input: the path into the event to its value. A field whose path finds nothing is left out. @default {} */
  input?: Readonly<Record<string, string>>;
  /**
   * Collects events until there are `size` (up to 1000), or the first has waited for `after` (up to a day). One run then has
   * them all. Its input is `{ batch, items }`: a name for the key, and one item for each event, made by `input`.
   * @default one run for each event
   */
  batch?: { size: number; after: Duration };
  /**
   * Waits until no further event of the same key has come for `after`, or the first has waited for `atMost` (each up to 7 days; `atMost`
   * is a day where it is left out). Then one run has the last of them. `by` are paths into the event whose values make the key; by default
   * the key of the run does.
   * @default each event has its run
   */
  debounce?: { after: Duration; atMost?: Duration; by?: string | readonly string[] };
  /**
   * Begins at most one run of the same key in `every` (up to 7 days): the first event has its run at once, and those that come within
   * `every` after it together become one run at the end, which has the last of them. `by` is as in `debounce`.
   * @default each event has its run
   */
  throttle?: { every: Duration; by?: string | readonly string[] };
  /** How long after the event its run begins, up to 366 days. Until then the run is there, `delayed`. @default at once */
  delay?: Duration;
  /**
   * Of an event in `waits`: by path into the event, the path into a run's input that has the same value. The event concerns the
   * runs where all are equal; texts, numbers, booleans and null are compared, exactly.
   * @default {}: every run
   */
  match?: Readonly<Record<string, string>>;
  /**
   * Of an event in `waits`: how many events that concern the same runs are kept for a `waitFor` that comes later (up to 1000), and how
   * long (up to 90 days).
   * @default { events: 100, for: '7d' }
   */
  keep?: { events?: number; for?: Duration };
}

/** An event that the gateway receives (`POST /events`, `POST /hooks/{name}`): it starts runs, or runs wait for it. */
export interface EventTrigger {
  readonly kind: 'event';
  readonly type: string;
  readonly declared: EventOptions;
}

/**
 * A trigger for `on: [...]` of a goal: each event of this CloudEvents type starts a run. A repeated delivery of the same event
 * starts nothing. In `waits: [...]` it is an event for which `pursue` may wait (see `waitFor`).
 *
 * @example
 * ```ts
 * import { event } from 'goalkeeper';
 *
 * export const on = [
 *   event('erp.export.landed', { source: 'erp/*', where: { 'data.region': ['eu', 'us'] }, input: { day: 'data.day' } }),
 *   event('shop.order.placed', { input: { id: 'data.id' }, batch: { size: 500, after: '10m' } }),
 *   event('repo.pushed', { input: { repo: 'data.repo' }, debounce: { after: '30s', atMost: '10m', by: 'data.repo' } }),
 *   event('price.changed', { input: { article: 'data.article' }, throttle: { every: '15m' } }),
 *   event('shop.order.shipped', { input: { id: 'data.id' }, delay: '14d' }),
 * ];
 *
 * export const waits = [event('payment.settled', { match: { 'data.order': 'order' }, keep: { events: 10, for: '3d' } })];
 * ```
 */
export const event = (type: string, options: EventOptions = {}): EventTrigger => ({
  kind: 'event',
  type,
  declared: options,
});

/** What a goal says of events, as data. */
export const eventsOf = (goal: Goal): EventTerms[] =>
  triggersOf(goal).map(({ type, declared: { source, where = {}, input = {}, batch, delay, ...pace } }) => ({
    type,
    ...(source === undefined ? {} : { source }),
    where: Object.fromEntries(Object.entries(where)) as EventTerms['where'],
    input: { ...input },
    ...paceAsData(pace),
    ...(delay === undefined ? {} : { delayMs: milliseconds(delay) as number }),
    ...(batch === undefined
      ? {}
      : { batch: { size: batch.size, afterMs: milliseconds(batch.after) as number } }),
  }));

type Pace = Pick<EventOptions, 'debounce' | 'throttle'>;

const DAY_MS = 86_400_000;

/** How its events become fewer runs, as data; nothing where each has its own. */
function paceAsData({ debounce, throttle }: Pace): Pick<EventTerms, 'pace'> {
  const by = [debounce?.by ?? throttle?.by ?? []].flat();
  if (debounce !== undefined) {
    const ms = milliseconds(debounce.after) ?? 0;
    const atMostMs = milliseconds(debounce.atMost) ?? Math.max(DAY_MS, ms);
    return { pace: { by, how: 'debounce', ms, atMostMs } };
  }
  if (throttle === undefined) return {};
  const ms = milliseconds(throttle.every) ?? 0;
  return { pace: { by, how: 'throttle', ms, atMostMs: ms } };
}

/** What is wrong with it. */
function problemsOfPace({ debounce, throttle, batch, delay }: EventOptions): string[] {
  const given = Object.entries({ debounce, throttle, batch, delay }).filter(([, one]) => one !== undefined);
  const names = given.map(([name]) => name);
  if (debounce === undefined && throttle === undefined) return [];
  const found = names.length > 1 ? [`${names.join(' and ')} stand beside each other; give one of them`] : [];
  const durations = {
    'debounce.after': debounce?.after,
    'debounce.atMost': debounce?.atMost,
    'throttle.every': throttle?.every,
  };
  for (const [name, duration] of Object.entries(durations)) {
    const isNeeded = name === 'debounce.after' ? debounce : name === 'throttle.every' ? throttle : undefined;
    if (duration === undefined && isNeeded === undefined) continue;
    const ms = milliseconds(duration);
    if (ms === null || ms === 0 || ms > PACE_LIMIT_MS)
      found.push(`${name} is ${JSON.stringify(duration)}; write such as '90s' or '10m', 7 days at most`);
  }
  for (const path of [debounce?.by ?? throttle?.by ?? []].flat())
    if (!isPath(path)) found.push(`by: ${JSON.stringify(path)} is not a path into an event; ${HINT}`);
  return found;
}

const triggersOf = (goal: Goal): EventTrigger[] =>
  (Array.isArray(goal.on) ? (goal.on as readonly EventTrigger[]) : []).filter(
    (trigger) => trigger?.kind === 'event',
  );

export const eventKind: TriggerKind = {
  whyKind: 'event',
  issues: (goal, input) => (input === null ? [] : issuesOfEvents(goal, input.hasField)),
  publish(goal) {
    const events = eventsOf(goal);
    return events.length === 0 ? {} : { events };
  },
};

/** What is wrong with them; `hasField` tells whether the goal's input has a field at a path. */
function issuesOfEvents(goal: Goal, hasField: (path: string) => boolean): string[] {
  return triggersOf(goal).flatMap((trigger) => {
    const where = `event(${JSON.stringify(trigger.type)})`;
    return problemsOf(trigger, goal.key, hasField).map((what) => `${where}: ${what}`);
  });
}

/** What is wrong with how an event says which it is. */
export function problemsOfWhich(type: unknown, source: unknown, where: object): string[] {
  const found: string[] = [];
  if (typeof type !== 'string' || type === '')
    found.push("its type is not a text; write such as event('erp.export.landed')");
  if (source !== undefined && (typeof source !== 'string' || source === ''))
    found.push('source is not a text; leave it out where any source will do');
  for (const [path, wanted] of Object.entries(where)) {
    if (!isPath(path)) found.push(`where: '${path}' is not a path into an event; ${HINT}`);
    if (![wanted].flat().every(isScalar))
      found.push(`where: '${path}' is compared with texts, numbers, booleans and null only`);
  }
  return found;
}

function problemsOf(
  { type, declared }: EventTrigger,
  key: readonly string[],
  hasField: (path: string) => boolean,
): string[] {
  const { source, where = {}, input = {}, batch, match, keep, delay } = declared;
  const found = problemsOfWhich(type, source, where);
  if (match !== undefined || keep !== undefined)
    found.push('`match` and `keep` are for events in `waits`; this one starts runs');
  const delayMs = delay === undefined ? 0 : milliseconds(delay);
  if (delayMs === null || delayMs > LATEST_START_MS)
    found.push(`delay is ${JSON.stringify(delay)}; write such as '90s' or '2h', 366 days at most`);
  found.push(...problemsOfPace(declared));
  if (delay !== undefined && batch !== undefined)
    found.push('delay stands beside batch, whose `after` says how long events wait');
  for (const [field, path] of Object.entries(input)) {
    if (!isPath(path))
      found.push(
        `input: '${field}' comes from ${JSON.stringify(path)}, which is not a path into an event; ${HINT}`,
      );
    if (batch === undefined && !hasField(field))
      found.push(`input: the goal's input has no field '${field}'`);
  }
  if (batch === undefined) {
    const missing = key.filter(
      (path) => !Object.hasOwn(input, inputPath(String(path)).split('.')[0] as string),
    );
    for (const path of missing)
      found.push(`the goal's key '${path}' is not taken from the event; add it to \`input\``);
    return found;
  }
  const { size, after } = batch ?? {};
  if (!Number.isInteger(size) || size < 1 || size > BATCH_SIZE_LIMIT)
    found.push(`batch.size is ${JSON.stringify(size)}; give 1 to ${BATCH_SIZE_LIMIT}`);
  const afterMs = milliseconds(after);
  if (afterMs === null || afterMs === 0 || afterMs > BATCH_AFTER_LIMIT_MS)
    found.push(`batch.after is ${JSON.stringify(after)}; write such as '90s' or '10m', a day at most`);
  if (!hasField('batch') || !hasField('items') || key.length !== 1 || key[0] !== 'batch')
    found.push(
      "with a batch the goal's input is `z.object({ batch: z.string(), items: z.array(…) })` and its key `['batch']`",
    );
  return found;
}

/** How a path into an event looks. */
export const HINT = "write such as 'data.day', 'subject' or 'time'";

export const isPath = (path: unknown): boolean =>
  typeof path === 'string' && /^[a-z0-9_]+(\.[^.]+)*$/.test(path);

const isScalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

import { type Duration, milliseconds } from './duration.ts';
import type { Goal } from './goal.ts';
import { BATCH_AFTER_LIMIT_MS, BATCH_SIZE_LIMIT } from './wire/event-batch.ts';
import type { EventTerms, Scalar } from './wire/events.ts';

/** Which events of a type start a run, and how each becomes its input. Paths are such as `source` or `data.region`. */
export interface EventOptions {
  /** Only those of this source; ending in `*`, of all sources that begin so. Default: of any. */
  source?: string;
  /** By path into the event: the value that it must have there, or a list of those that will do. */
  where?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  /** By field of the goal's input: the path into the event of its value. What is not there is left out. Default: `{}`. */
  input?: Readonly<Record<string, string>>;
  /**
   * Collects events until there are `size` (1000 at most), or the first has waited for `after` (a day at most); then one
   * run has them all. Its input is `{ batch, items }`: a name for the key, and for each event what `input` takes of it.
   */
  batch?: { size: number; after: Duration };
}

/** Starts a run for an event that is delivered to the gateway (`POST /events`, `POST /hooks/{name}`), once for each event. */
export interface EventTrigger {
  readonly kind: 'event';
  readonly type: string;
  readonly declared: EventOptions;
}

/** For `on: [...]`: events of this CloudEvents type. Of those that mean the same event the first counts. */
export const event = (type: string, options: EventOptions = {}): EventTrigger => ({
  kind: 'event',
  type,
  declared: options,
});

/** What a goal says of events, as data. */
export const eventsOf = (goal: Goal): EventTerms[] =>
  triggersOf(goal).map(({ type, declared: { source, where = {}, input = {}, batch } }) => ({
    type,
    ...(source === undefined ? {} : { source }),
    where: Object.fromEntries(Object.entries(where)) as EventTerms['where'],
    input: { ...input },
    ...(batch === undefined
      ? {}
      : { batch: { size: batch.size, afterMs: milliseconds(batch.after) as number } }),
  }));

const triggersOf = (goal: Goal): EventTrigger[] =>
  (Array.isArray(goal.on) ? (goal.on as readonly EventTrigger[]) : []).filter(
    (trigger) => trigger?.kind === 'event',
  );

/** What is wrong with them; `hasField` tells whether the goal's input has a field at a path. */
export function problemsOfEvents(goal: Goal, hasField: (path: string) => boolean): string[] {
  return triggersOf(goal).flatMap((trigger) => {
    const where = `event(${JSON.stringify(trigger.type)})`;
    return problemsOf(trigger, goal.key, hasField).map((what) => `${where}: ${what}`);
  });
}

function problemsOf(
  { type, declared }: EventTrigger,
  key: readonly string[],
  hasField: (path: string) => boolean,
): string[] {
  const { source, where = {}, input = {}, batch } = declared;
  const found: string[] = [];
  if (typeof type !== 'string' || type === '')
    found.push("its type is no text; write such as event('erp.export.landed')");
  if (source !== undefined && (typeof source !== 'string' || source === ''))
    found.push('source is no text; leave it out where any source will do');
  for (const [path, wanted] of Object.entries(where)) {
    if (!isPath(path)) found.push(`where: '${path}' is no path into an event; ${HINT}`);
    if (![wanted].flat().every(isScalar))
      found.push(`where: '${path}' is compared with texts, numbers, booleans and null only`);
  }
  for (const [field, path] of Object.entries(input)) {
    if (!isPath(path))
      found.push(
        `input: '${field}' comes from ${JSON.stringify(path)}, which is no path into an event; ${HINT}`,
      );
    if (batch === undefined && !hasField(field))
      found.push(`input: the goal's input has no field '${field}'`);
  }
  if (batch === undefined) {
    const missing = key.filter((path) => !Object.hasOwn(input, String(path).split('.')[0] as string));
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

const HINT = "write such as 'data.day', 'subject' or 'time'";

const isPath = (path: unknown): boolean => typeof path === 'string' && /^[a-z0-9_]+(\.[^.]+)*$/.test(path);

const isScalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

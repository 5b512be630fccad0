// The events for which runs of a goal wait, as the goal declares them and as data.

import { milliseconds } from './duration.ts';
import { type EventTrigger, HINT, isPath, problemsOfWhich } from './event.ts';
import type { Goal } from './goal.ts';
import type { DeclaredInput } from './trigger.ts';
import {
  digestOfTerms,
  KEPT_EVENTS,
  KEPT_EVENTS_LIMIT,
  KEPT_FOR_LIMIT_MS,
  KEPT_FOR_MS,
  type WaitTerms,
} from './wire/waits.ts';

/** What a goal says of an event for which its runs wait. */
export const waitTerms = ({
  type,
  declared: { source, where = {}, match = {}, keep },
}: EventTrigger): WaitTerms => ({
  type,
  ...(source === undefined ? {} : { source }),
  where: Object.fromEntries(Object.entries(where)) as WaitTerms['where'],
  match: { ...match },
  keep: { events: keep?.events ?? KEPT_EVENTS, forMs: milliseconds(keep?.for) ?? KEPT_FOR_MS },
});

/** All of them. */
export const waitsOf = ({ waits }: Pick<Goal, 'waits'>): WaitTerms[] =>
  (Array.isArray(waits) ? (waits as readonly EventTrigger[]) : [])
    .filter((one) => one?.kind === 'event' && typeof one.type === 'string')
    .map(waitTerms);

/** The terms of an event for which `pursue` waits; a TypeError when the goal does not list it: no gateway would keep it. */
export function listedWait(goal: Goal, event: EventTrigger): WaitTerms {
  const terms = waitTerms(event);
  const isListed = waitsOf(goal).some((listed) => digestOfTerms(listed) === digestOfTerms(terms));
  if (isListed) return terms;
  throw new TypeError(
    `waitFor(event(${JSON.stringify(event.type)}, …)): \`waits\` of the goal does not list this event; add it there, with the same source, where and match`,
  );
}

/** What is wrong with them, each in a sentence. */
export function issuesOfWaits({ waits }: Pick<Goal, 'waits'>, input: DeclaredInput): string[] {
  if (!Array.isArray(waits))
    return ["waits is not a list; write such as `waits: [event('payment.settled')]`"];
  return waits.flatMap((one: EventTrigger) => {
    if (one?.kind !== 'event') return ["waits lists what is not an event; write event('payment.settled')"];
    return problemsOf(one, input).map((what) => `waits, event(${JSON.stringify(one.type)}): ${what}`);
  });
}

function problemsOf({ type, declared }: EventTrigger, { hasField }: DeclaredInput): string[] {
  const { source, where = {}, match = {}, keep = {}, ...others } = declared;
  const found = problemsOfWhich(type, source, where);
  for (const name of Object.keys(others))
    found.push(`\`${name}\` is for events in \`on\`; for this one runs wait`);
  for (const [path, inInput] of Object.entries(match)) {
    if (!isPath(path)) found.push(`match: '${path}' is not a path into an event; ${HINT}`);
    if (typeof inInput !== 'string' || !hasField(inInput))
      found.push(`match: the goal's input has no field ${JSON.stringify(inInput)}`);
  }
  const { events = KEPT_EVENTS } = keep;
  if (!Number.isInteger(events) || events < 1 || events > KEPT_EVENTS_LIMIT)
    found.push(`keep.events is ${JSON.stringify(events)}; give 1 to ${KEPT_EVENTS_LIMIT}`);
  const forMs = keep.for === undefined ? KEPT_FOR_MS : milliseconds(keep.for);
  if (forMs === null || forMs === 0 || forMs > KEPT_FOR_LIMIT_MS)
    found.push(`keep.for is ${JSON.stringify(keep.for)}; write such as '12h' or '7d', 90 days at most`);
  return found;
}

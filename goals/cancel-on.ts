// The events by which open runs of a goal are cancelled, as the goal declares them and as data.

import { type EventTrigger, HINT, isPath, problemsOfWhich } from './event.ts';
import type { Goal } from './goal.ts';
import { waitTerms } from './waits.ts';
import { inputPath } from './wire/run-id.ts';
import type { MatchedEvents } from './wire/waits.ts';

/** They as data. */
export const cancelsOf = ({ cancelOn }: Pick<Goal, 'cancelOn'>): MatchedEvents[] =>
  cancelOn.filter(isEvent).map((one) => {
    const { keep: _, ...which } = waitTerms(one);
    return which;
  });

const isEvent = (one: EventTrigger): boolean => one?.kind === 'event' && typeof one.type === 'string';

/** What is wrong with them, each in a sentence. */
export function issuesOfCancels({ cancelOn, key }: Pick<Goal, 'cancelOn' | 'key'>): string[] {
  return cancelOn.flatMap((one) => {
    if (!isEvent(one)) return ["cancelOn lists what is not an event; write event('order.cancelled')"];
    return problemsOf(one, key.map(inputPath)).map(
      (what) => `cancelOn, event(${JSON.stringify(one.type)}): ${what}`,
    );
  });
}

function problemsOf({ type, declared }: EventTrigger, key: readonly string[]): string[] {
  const { source, where = {}, match = {}, ...others } = declared;
  const found = problemsOfWhich(type, source, where);
  for (const name of Object.keys(others)) found.push(`\`${name}\` is not for an event in \`cancelOn\``);
  for (const path of Object.keys(match))
    if (!isPath(path)) found.push(`match: '${path}' is not a path into an event; ${HINT}`);
  const matched = Object.values(match);
  for (const path of key)
    if (!matched.includes(path))
      found.push(
        `match: the goal's key '${path}' is not matched; the event must name the one run that it cancels`,
      );
  for (const path of matched)
    if (!key.includes(path))
      found.push(`match: '${path}' is not a path of the goal's key, by which a run is found`);
  return found;
}

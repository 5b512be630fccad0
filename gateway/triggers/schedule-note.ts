// The note that Temporal keeps with a schedule: who paused it or had it go on, when, and why. One text, which people read in
// Temporal's own UI too.

import { actorIn, actorText } from '../../goals/wire/actor.ts';
import type { ScheduleSummaryView } from '../../goals/wire/answers.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';

/** Who paused a schedule, or had it go on. */
export type Steered = NonNullable<ScheduleSummaryView['steered']>;

const WORDS = { pause: 'paused', unpause: 'goes on' } as const;
const NOTE = /^(paused|goes on) by (.+?): (.*) \[(\d{4}-\d\d-\d\dT[\d:.]+Z)\]$/s;
const REASON = 300;

/** What Temporal is to keep. */
export const noteOf = (verb: keyof typeof WORDS, { by, verified, at, reason }: Steered): string =>
  `${WORDS[verb]} by ${actorText(by, { verified })}: ${boundedText(reason, REASON)} [${at}]`;

/** What it says; a note that is not of a gateway, or of an older one, says only its text. */
export function readNote(note: string | undefined): { note: string | null; steered?: Steered } {
  const [, word = '', who = '', reason = '', at = ''] = NOTE.exec(note ?? '') ?? [];
  if (word === '') return { note: note || null };
  const actor = actorIn(who);
  return { note: `${word} by ${actor.by}: ${reason}`, steered: { ...actor, at, reason } };
}

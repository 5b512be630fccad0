// What a chain of errors says, each of its parts once, as one text in which the root always is: as the message, and as what
// tells its trouble from others.

import { normaliseMessage } from './fingerprint.ts';
import { boundedText } from './text/bounded-text.ts';

/** What a ledger keeps of a message. */
export const MESSAGE_LIMIT = 500;
/** What of a root is kept, of the whole. */
const ROOT_SHARE = 0.76;
/** What of a trouble's own text stands before the root, where both are too long to be told together. */
const HEAD_LIMIT = 150;

/** The parts as one text. What is too long is cut so that something of each is left, and most of the last, the root. */
export function chainText(parts: readonly string[], limit = MESSAGE_LIMIT): string {
  const whole = parts.join(': ');
  if (whole.length <= limit || parts.length === 1) return whole;
  const root = boundedText(parts.at(-1) as string, limit * ROOT_SHARE);
  const others = parts.slice(0, -1);
  const each = Math.floor((limit - root.length) / others.length) - 2;
  return [...others.map((part) => boundedText(part, Math.max(20, each))), root].join(': ');
}

/** The text of which the fingerprint is made: where its root would be cut off with the rest, it is told beside the beginning. */
export function troubleText(parts: readonly string[], root: string): string {
  const whole = parts.join(': ');
  if (parts.length === 1) return whole;
  const told = normaliseMessage(whole);
  return told.includes(normaliseMessage(root)) ? whole : `${told.slice(0, HEAD_LIMIT)} … ${root}`;
}

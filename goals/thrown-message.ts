// One message of all that a chain of errors says, bounded so that its root is always in it; and the text that tells its
// trouble from others, in which the root counts, too.

import type { Link } from './thrown.ts';
import { chainText, MESSAGE_LIMIT, troubleText } from './wire/chain-text.ts';
import { normaliseMessage } from './wire/fingerprint.ts';
import { boundedText } from './wire/text/bounded-text.ts';

/** All of those that an error gathers, beside how many more there are. */
const GATHERED_LIMIT = 320;

/** All texts that a chain has, in order; `told` puts others into their place. */
export function textsOf(chain: readonly Link[]): string[] {
  return chain.flatMap(({ text, branches }) => [text, ...branches.flatMap(textsOf)]);
}

export function withTexts(chain: readonly Link[], texts: string[]): Link[] {
  return chain.map((link) => ({
    ...link,
    text: texts.shift() ?? '',
    branches: link.branches.map((branch) => withTexts(branch, texts)),
  }));
}

/** The message with those of its causes: Node's `fetch failed` says nothing without them. */
export const messageOf = (chain: readonly Link[], limit = MESSAGE_LIMIT): string =>
  chainText(
    partsOf(chain, limit, (text) => text),
    limit,
  );

/** The same for all occurrences of a trouble, once its values are taken out: the same error twice is as one. */
export const kindOf = (chain: readonly Link[]): string =>
  troubleText(partsOf(chain, MESSAGE_LIMIT, normaliseMessage), chain.at(-1)?.text ?? '');

function partsOf(chain: readonly Link[], limit: number, same: (text: string) => string): string[] {
  const parts: string[] = [];
  for (const { text, branches, more } of chain) {
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    const gathered = gatheredText(branches, more, limit, same);
    if (gathered !== '' && !parts.some((part) => part.includes(gathered))) parts.push(gathered);
  }
  // The root says what is told already.
  if (parts.at(-1) === '…' && parts.length > 1) parts.pop();
  return parts.length === 0 ? [chain[0]?.text ?? 'Error'] : parts;
}

function gatheredText(
  branches: readonly Link[][],
  more: number,
  limit: number,
  same: (text: string) => string,
): string {
  const each = Math.floor(Math.min(limit, GATHERED_LIMIT) / Math.max(1, branches.length)) - 2;
  const texts = new Map<string, string>();
  for (const branch of branches) {
    const text = boundedText(messageOf(branch, each), each);
    if (!texts.has(same(text))) texts.set(same(text), text);
  }
  return [...texts.values(), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

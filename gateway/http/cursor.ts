// Where a list goes on: Temporal's page token, bound to the query that it was made with.

import { sha256 } from '../../goals/wire/text/sha256.ts';
import { invalid } from './read-query.ts';

const checkOf = (token: string, query: string): string => sha256(`${token}\n${query}`).slice(0, 16);

export function cursorOf(token: Uint8Array, query: string): string {
  const text = Buffer.from(token).toString('base64url');
  return `${checkOf(text, query)}.${text}`;
}

/** Temporal's page token. A cursor is good only with the filters that it was made with. */
export function tokenOf(cursor: string, query: string): Uint8Array {
  const [check, text = ''] = cursor.split('.', 2);
  if (text === '' || check !== checkOf(text, query)) throw badCursor();
  return Buffer.from(text, 'base64url');
}

export const badCursor = () => invalid('cursor', 'is not a cursor that a list with these filters gave');

/** The cursor of a list that is made as a whole: where its next page begins. */
export const offsetCursor = (offset: number, query: string): string =>
  `${checkOf(String(offset), query)}.${offset}`;

export function offsetIn(cursor: string, query: string): number {
  const [check, text = ''] = cursor.split('.', 2);
  if (!/^\d{1,6}$/.test(text) || check !== checkOf(text, query)) throw badCursor();
  return Number(text);
}

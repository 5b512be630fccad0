// Pages of Temporal's visibility with the light runs that the same filter means, in one order: what is open first, then from
// what closed last.
//
// joined-pages.1. Each row is on one page: a page ends where Temporal's token and a place among the light runs say.

import { millisecondsOf } from '../../views/event-time.ts';
import { badCursor } from '../http/cursor.ts';
import type { Page } from '../temporal/pages.ts';
import type { LightPlace } from './host-histories.ts';
import type { LightPage } from './light-rows.ts';

type Row = NonNullable<Page['executions']>[number];

/** A page of `size` of what a list finds, after Temporal's token. */
export type PageAfter = (size: number, token: Uint8Array | null) => Promise<Page>;
/** A page of light runs after a place. */
export type LightAfter = (after: LightPlace | null, size: number) => Promise<LightPage>;

/** Where a page begins: `end` of that of which there is no more. */
interface At {
  listed: string | null | 'end';
  light: [number, string] | null | 'end';
}

const BEGIN: At = { listed: null, light: null };

/** `isApart`: the list is in no order of time, and light runs follow it. */
export function joinedPages(
  listed: PageAfter,
  light: LightAfter,
  { isApart }: { isApart: boolean },
): PageAfter {
  return async (size, token) => {
    const at = token === null ? BEGIN : placeIn(token);
    const ask = (many: number): Promise<Page> =>
      at.listed === 'end'
        ? Promise.resolve({})
        : listed(many, at.listed === null ? null : Buffer.from(at.listed, 'base64url'));
    const askLight = (): Promise<LightPage> =>
      at.light === 'end'
        ? Promise.resolve({ rows: [], next: null, since: Number.NEGATIVE_INFINITY })
        : light(at.light && { closed: at.light[0], execution: at.light[1] }, size);
    if (isApart && at.listed !== 'end') {
      const page = await ask(size);
      return { ...page, nextPageToken: tokenOf({ ...at, listed: nextOf(page) }) };
    }
    const [page, own] = await Promise.all([ask(size), askLight()]);
    const [theirs, ours] = merged(page, own, size);
    // joined-pages.1
    const taken =
      theirs.length === (page.executions ?? []).length
        ? page
        : theirs.length > 0
          ? await ask(theirs.length)
          : null;
    const last = ours.at(-1);
    const next: At = {
      listed: taken === null ? at.listed : nextOf(taken),
      light:
        ours.length < own.rows.length
          ? last === undefined
            ? at.light
            : [closedOf(last), last.execution?.runId ?? '']
          : own.next === null
            ? 'end'
            : [own.next.closed, own.next.execution],
    };
    const isLast = next.listed === 'end' && next.light === 'end';
    return {
      executions: [...(taken?.executions ?? []), ...ours].sort((a, b) => closedOf(b) - closedOf(a)),
      nextPageToken: isLast ? new Uint8Array() : tokenOf(next),
    };
  };
}

/** How many of both are on the page: none of one before which the other may have another. */
function merged(page: Page, { rows, since }: LightPage, size: number): [Row[], Row[]] {
  const [theirs, ours] = [[...(page.executions ?? [])], [...rows]];
  const taken: [Row[], Row[]] = [[], []];
  const isMore = (page.nextPageToken ?? []).length > 0;
  while (taken[0].length + taken[1].length < size) {
    const [one, other] = [theirs[0], ours[0]];
    if (one !== undefined && closedOf(one) >= (other === undefined ? since : closedOf(other)))
      taken[0].push(theirs.shift() as Row);
    else if (other !== undefined && (one !== undefined || !isMore)) taken[1].push(ours.shift() as Row);
    else break;
  }
  return taken;
}

/** What is open stands before all that has closed. */
const closedOf = ({ closeTime }: Row): number => millisecondsOf(closeTime) ?? Number.POSITIVE_INFINITY;

const nextOf = ({ nextPageToken }: Page): At['listed'] =>
  nextPageToken?.length ? Buffer.from(nextPageToken).toString('base64url') : 'end';

const tokenOf = (at: At): Uint8Array => Buffer.from(JSON.stringify(at));

function placeIn(token: Uint8Array): At {
  try {
    const { listed, light } = JSON.parse(Buffer.from(token).toString()) as At;
    const isPlace =
      light === null || light === 'end' || (Array.isArray(light) && typeof light[0] === 'number');
    if (isPlace && (listed === null || typeof listed === 'string')) return { listed, light };
  } catch {}
  throw badCursor();
}

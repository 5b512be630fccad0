// The keys of a goal, a page at a time: those that are expected, with the gaps among them, or those that have runs.
//
// goal-keys.1. However many keys there are, one answer makes a bounded number of calls.
// goal-keys.2. A key is on one page: where its latest execution is.

import type { GoalKey, KeyPage } from '../../goals/wire/answers.ts';
import {
  type ExpectedKey,
  type ExpectedKeys,
  expectedKeys,
  isWithin,
  type PartRange,
} from '../../goals/wire/expected-keys.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { inputPath } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { invalid } from '../http/read-query.ts';
import { joinedPages, type PageAfter } from '../light/joined-pages.ts';
import type { LightRows } from '../light/light-rows.ts';
import type { Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import { type RunFilter, visibilityQuery } from '../temporal/visibility-query.ts';
import { rangeOf } from './key-range.ts';
import {
  firstOfEach,
  KEYS_AT_ONCE,
  type KeyRows,
  type KeysOf,
  keyOfRow,
  keyRows,
  LOOK,
  totalsOf,
} from './key-rows.ts';
import {
  hasScheduledKeys,
  type ScheduleStandings,
  scheduledKeys,
  type TimesAsked,
} from './scheduled-keys.ts';

/** Expected keys of which one answer looks for the runs. */
const LOOKED_FOR = 1_000;
/** Expected keys that one answer compares with a `prefix`. */
const COMPARED = 10_000;

export interface KeysAsked extends TimesAsked {
  of?: 'expected' | 'found' | undefined;
  outcome?: Outcome | 'open' | 'missing' | undefined;
  prefix?: string | undefined;
  /** Path of the key that `from` and `to` are of; by default its first. */
  part?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Reads a page of a goal's keys. */
export type GoalKeys = (of: KeysOf, asked: KeysAsked) => Promise<KeyPage>;

type Found = Pick<KeyPage, 'items' | 'next' | 'totals'>;

interface Meant extends KeysOf {
  rows: KeyRows;
  pages: Pages;
  light: LightRows;
  range: PartRange | null;
  /** All that a query can narrow but for the outcome. */
  filter: RunFilter;
}

export function goalKeys(
  temporal: Temporal,
  pages: Pages,
  standings: ScheduleStandings,
  light: LightRows,
): GoalKeys {
  const rows = keyRows(temporal, pages, light);
  return async (of, asked) => {
    const { publication } = of;
    const { goal, team, keys: declared } = publication;
    const { schedule, since, until } = asked;
    const asksForTimes = (schedule ?? since ?? until) !== undefined;
    const isExpected = declared !== undefined || asksForTimes || hasScheduledKeys(publication);
    const which = asked.of ?? (isExpected ? 'expected' : 'found');
    if (which === 'found' && asksForTimes)
      throw invalid('of', "is 'found', and `schedule`, `since` and `until` are of keys that are expected");
    const isOfTimes = asksForTimes || declared === undefined;
    const range = rangeOf(publication, asked, {
      isOfPeriods: which === 'expected' && !isOfTimes,
      wrong: invalid,
    });
    const isFirst = range?.part === inputPath(publication.key[0] ?? '');
    const meant: Meant = {
      ...{ ...of, rows, pages, light, range },
      filter: {
        ...{ goal, teams: of.teams, keyPrefix: asked.prefix },
        ...(range !== null && isFirst ? { firstPart: range } : {}),
      },
    };
    const head = { goal, team, parts: publication.key.map(inputPath), of: which, times: null };
    if (which === 'found') return { ...head, ...(await foundKeys(meant, asked)) };
    // Other pages go by the time of the first, so that none is shifted by a time or a period that has come meanwhile.
    const same = JSON.stringify([
      ...[goal, declared ?? null],
      { ...asked, since: since?.text, until: until?.text, limit: 0, cursor: '' },
    ]);
    const place =
      asked.cursor === undefined ? { at: new Date().toISOString(), n: 0 } : placeOf(asked.cursor, same);
    const now = new Date(place.at);
    if (declared !== undefined && !isOfTimes) {
      const all = expectedKeys(declared, now, range === null ? [] : [range]);
      return { ...head, ...(await amongExpected(meant, asked, all, place, same)) };
    }
    if (!asksForTimes && !hasScheduledKeys(publication))
      throw invalid(
        'of',
        `is 'expected', and ${goal} declares no \`keys\`, nor tells any schedule which it makes`,
      );
    const { keys, ...times } = (await scheduledKeys(standings, publication, asked))(now);
    const list = keys.filter(
      ({ values }) => range === null || isWithin(String(values[head.parts.indexOf(range.part)]), range),
    );
    const all = { total: list.length, at: (n: number) => list[n] as ExpectedKey };
    return { ...head, times, ...(await amongExpected(meant, asked, all, place, same)) };
  };
}

/** Those that have runs, in Temporal's order. */
async function foundKeys(meant: Meant, { outcome, limit, cursor }: KeysAsked): Promise<Found> {
  const { rows, catalogue, filter, range } = meant;
  if (outcome === 'missing') throw invalid('outcome', 'is of keys that are expected, and these are found');
  const narrowed: RunFilter = outcome === 'open' ? { ...filter, state: 'pursuing' } : { ...filter, outcome };
  const query = visibilityQuery(narrowed, catalogue);
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pageOf(meant, narrowed)(limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const listed = (page.executions ?? []).filter((row) => keyOfRow(row) !== null);
  const latest = await rows.latest(meant, [...firstOfEach(listed).keys()]);
  // goal-keys.2
  const here = new Set(listed.map(({ execution }) => execution?.runId));
  const shown = [...latest].filter(([, row]) => here.has(row.execution?.runId)).map(([key]) => byId(key));
  const items = await rows.items(meant, shown, latest);
  const executions = await executionsOf(meant);
  const { achieved, failed, cancelled, open } = executions;
  return {
    items: items.filter((item) => isMeant(item, outcome) && isOfRange(item.parts, range)),
    next: page.nextPageToken?.length ? cursorOf(page.nextPageToken, query) : null,
    totals: {
      expected: null,
      keys: achieved + failed + cancelled + open > LOOK ? null : await totalsOfAll(meant),
      executions,
    },
  };
}

/** What a filter finds, light runs among them. */
function pageOf({ pages, light, catalogue, publication }: Meant, filter: RunFilter): PageAfter {
  const query = visibilityQuery(filter, catalogue);
  const listed: PageAfter = (size, token) => pages(query, size, token);
  if (!hasLight(publication)) return listed;
  return joinedPages(listed, (after, size) => light.page(filter, catalogue, after, size), { isApart: false });
}

/** Executions by their outcome. Of light runs that are too many to be counted, none. */
async function executionsOf({ rows, light, catalogue, publication, filter }: Meant) {
  const counted = await rows.counted(visibilityQuery(filter, catalogue));
  if (hasLight(publication)) counted.achieved += (await light.count(filter, catalogue)) ?? 0;
  return counted;
}

/** Of keys that have up to LOOK executions together. */
async function totalsOfAll(meant: Meant): Promise<NonNullable<KeyPage['totals']['keys']>> {
  const { rows, filter, range } = meant;
  const { executions } = await pageOf(meant, filter)(LOOK, null);
  const latest = firstOfEach(executions ?? []);
  const items = await rows.items(meant, [...latest.keys()].map(byId), latest);
  return totalsOf(items.filter(({ parts }) => isOfRange(parts, range)));
}

interface Place {
  /** The time by which keys are expected. */
  at: string;
  /** The key with which a page begins. */
  n: number;
}

/** Those that are expected, in their order. */
async function amongExpected(
  meant: Meant,
  { outcome, prefix = '', limit }: KeysAsked,
  all: ExpectedKeys,
  { at, n: first }: Place,
  same: string,
): Promise<Found> {
  const { rows } = meant;
  const read = async (some: readonly ExpectedKey[]): Promise<GoalKey[]> =>
    rows.items(
      meant,
      some,
      await rows.latest(
        meant,
        some.map(({ key }) => key),
      ),
    );
  const isWhole = all.total <= LOOKED_FOR;
  // goal-keys.1
  const places: number[] = [];
  const keys: ExpectedKey[] = [];
  let n = isWhole ? 0 : first;
  for (const end = Math.min(all.total, n + COMPARED); n < end && keys.length < LOOKED_FOR; n++) {
    const one = all.at(n);
    if (!one.key.startsWith(prefix)) continue;
    places.push(n);
    keys.push(one);
  }
  const whole = isWhole ? await read(keys) : null;
  const items: GoalKey[] = [];
  let next = n < all.total ? n : null;
  let i = places.findIndex((place) => place >= first);
  for (let some: GoalKey[] = []; i !== -1 && i < keys.length; i += some.length) {
    if (items.length >= limit) {
      next = places[i] as number;
      break;
    }
    // Of a filter that few keys meet, more are read at once than are shown.
    const size = outcome === undefined ? Math.min(KEYS_AT_ONCE, limit - items.length) : KEYS_AT_ONCE;
    some = whole === null ? await read(keys.slice(i, i + size)) : whole.slice(i, i + size);
    const shown = some.flatMap((item, j) => (isMeant(item, outcome) ? [{ item, j }] : []));
    const fits = shown.slice(0, limit - items.length);
    items.push(...fits.map(({ item }) => item));
    const over = shown[fits.length];
    if (over !== undefined) {
      next = places[i + over.j] as number;
      break;
    }
  }
  return {
    items,
    next: next === null ? null : cursorOf(Buffer.from(`${at} ${next}`), same),
    totals: {
      expected: isWhole ? keys.length : prefix === '' ? all.total : null,
      keys: whole && totalsOf(whole),
      executions: await executionsOf(meant),
    },
  };
}

function placeOf(cursor: string, same: string): Place {
  const [at = '', n = ''] = Buffer.from(tokenOf(cursor, same)).toString().split(' ');
  if (Number.isNaN(Date.parse(at)) || !/^\d{1,15}$/.test(n)) throw badCursor();
  return { at, n: Number(n) };
}

const byId = (key: string): ExpectedKey => ({ key, values: [] });

const isOfRange = (parts: GoalKey['parts'], range: PartRange | null): boolean =>
  range === null || (parts !== null && isWithin(String(parts[range.part]), range));

function isMeant({ outcome, state }: GoalKey, asked: KeysAsked['outcome']): boolean {
  if (asked === undefined) return true;
  if (asked === 'open') return state !== 'closed' && state !== 'missing';
  return asked === (outcome ?? state);
}

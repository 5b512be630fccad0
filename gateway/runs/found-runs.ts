// The executions that a filter of runs finds, a page at a time: what lists of runs have in common, whatever they show of each.

import { hasLight } from '../../goals/wire/light.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { markTag } from '../../goals/wire/retraction.ts';
import { asksSomebody, triggerOf } from '../../views/run-row.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Alerts } from '../alerts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import type { LightPlace } from '../light/host-histories.ts';
import { joinedPages } from '../light/joined-pages.ts';
import type { LightPage, LightRows } from '../light/light-rows.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { type RunFilter, visibilityQuery } from '../temporal/visibility-query.ts';
import { sievedPages } from './sieved-pages.ts';
import { taggedPages, tagsOf } from './tag-index.ts';

/** How often a page is filled up when rows of it turned out to be none that are meant. */
const ROUNDS = 4;

export type FoundRow = NonNullable<Page['executions']>[number];

export interface FoundRunsDeps {
  scope: TeamScope;
  /** Lists the executions that a query finds. */
  pages: Pages;
  catalogue: Catalogue;
  /** It keeps which runs are stuck, as no run can say so of itself. */
  alerts: Alerts;
  light: LightRows;
}

type PagesOf = (size: number, token: Uint8Array | null) => Promise<Page>;

interface FoundQuery {
  /** Without the tags that are asked for, which `taggedPages` finds. */
  query: string;
  /** The same on each page of one list. */
  same: string;
  /** What finds those of these executions that are meant; null where there are none. */
  among(executions: readonly string[]): string | null;
}

/** What finds the runs that a filter means; null where there can be none. */
export async function queryOf(
  { catalogue, alerts }: Pick<FoundRunsDeps, 'catalogue' | 'alerts'>,
  filter: RunFilter,
): Promise<FoundQuery | null> {
  const goals = await catalogue.all();
  const isUnknown = (field: 'owner' | 'team'): boolean =>
    filter[field] !== undefined && goals.every((publication) => publication[field] !== filter[field]);
  // Without goals there are no runs; nor, perhaps, the search attributes that the query speaks of.
  if (goals.length === 0 || isUnknown('owner') || isUnknown('team')) return null;
  const executions =
    filter.state === 'stuck'
      ? (await alerts.kept()).stuck.map(({ execution }) => execution)
      : filter.executions;
  if (executions?.length === 0) return null;
  // `since=24h` is a later time on each page, and the same list.
  const { since, until, ...rest } = filter;
  return {
    query: visibilityQuery({ ...filter, executions }, goals),
    same: `${visibilityQuery(rest, goals)} ${since?.text ?? ''} ${until?.text ?? ''} ${wordsOf(filter).join()} ${filter.why ?? ''}`,
    among: (some) => {
      const left = executions === undefined ? some : some.filter((one) => executions.includes(one));
      return left.length === 0 ? null : visibilityQuery({ ...filter, executions: left }, goals);
    },
  };
}

/** Whether it asks for what no query tells. */
export const isSieved = ({ state, why }: RunFilter): boolean => state === 'asking' || why !== undefined;

const fits = (row: FoundRow, { state, why }: RunFilter): boolean =>
  (state !== 'asking' || asksSomebody(row)) && (why === undefined || triggerOf(row) === why);

/** The tags that are asked for, and the mark as it stands among them. */
const wordsOf = ({ tag = [], mark }: RunFilter): string[] => [
  ...tag,
  ...(mark === undefined ? [] : [markTag(mark)]),
];

/** A page of them: `read` says what is shown of each row, or null of one that is not meant. */
export async function foundRuns<Item>(
  deps: FoundRunsDeps,
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
  read: (rows: readonly FoundRow[]) => Promise<(Item | null)[]>,
): Promise<{ items: Item[]; next: string | null }> {
  const found = await queryOf(deps, filter);
  if (found === null) return { items: [], next: null };
  const { query, same, among } = found;
  const { teams = null } = filter;
  const tags = wordsOf(filter);
  const goals = await deps.catalogue.all();
  const isTagged = tags.length > 0;
  const queried: PagesOf = isTagged
    ? taggedPages(
        deps.pages,
        { tags, teams },
        { query, among, light: (...of) => deps.light.row(...of, filter, goals) },
      )
    : (size, token) => deps.pages(query, size, token);
  const listed = isSieved(filter) ? sievedPages(queried, (row) => fits(row, filter)) : queried;
  const pages = goals.some(hasLight)
    ? joinedPages(listed, (after, size) => lightPage(deps, filter, goals, after, size), { isApart: isTagged })
    : listed;
  let token = cursor === undefined ? null : tokenOf(cursor, same);
  const items: Item[] = [];
  for (let round = 0; round < ROUNDS && items.length < limit; round++) {
    const page = await pageOf(pages, filter, limit - items.length, token);
    const shown = await read(page.executions ?? []);
    items.push(...shown.filter((item) => item !== null));
    token = page.nextPageToken ?? null;
    if (!token?.length) return { items, next: null };
  }
  return { items, next: cursorOf(token as Uint8Array, same) };
}

/** Those that got other tags later stand among the tagged ones, where they have those that are asked for. */
async function lightPage(
  { light, pages }: FoundRunsDeps,
  filter: RunFilter,
  ...[goals, after, size]: [readonly Publication[], LightPlace | null, number]
): Promise<LightPage> {
  const page = await light.page(filter, goals, after, size);
  if (filter.tag === undefined) return page;
  const others = await tagsOf(pages, page.rows);
  return { ...page, rows: page.rows.filter(({ execution }) => !others.has(execution?.runId ?? '')) };
}

async function pageOf(
  pages: PagesOf,
  filter: RunFilter,
  size: number,
  token: Uint8Array | null,
): Promise<Page> {
  try {
    return await pages(size, token);
  } catch (error) {
    // The query is of our making; what may be wrong is the token that came from outside.
    if (token !== null && isInvalidArgument(error)) throw badCursor();
    // No worker has registered the search attributes of errors yet, so no run can have any.
    const asksForTold =
      ['struggling', 'waiting', 'asking'].includes(filter.state ?? '') ||
      [filter.fingerprint, filter.code, filter.kind, filter.late, filter.tag, filter.mark].some(
        (asked) => asked !== undefined,
      );
    if (isInvalidArgument(error) && asksForTold) return {};
    throw error;
  }
}

// How lists find runs by tags that they got after their start: by the workflows beside them, as `process/keep-annotation.ts` begins them.

import { parseLightExecution } from '../../goals/wire/light.ts';
import {
  executionOfTagged,
  runOfTagged,
  searchAttributes,
  TAGGED,
  taggedPrefix,
} from '../../goals/wire/names.ts';
import { markOfTag, type RunMark } from '../../goals/wire/retraction.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { among, tagClauses } from '../temporal/visibility-query.ts';

type Row = NonNullable<Page['executions']>[number];

const IS_TAGGED = `WorkflowType = '${TAGGED}' AND ExecutionStatus = 'Running'`;

/** The tags of those executions that got some after their start, by execution. */
export async function tagsOf(pages: Pages, rows: readonly Row[]): Promise<Map<string, string[]>> {
  const ids = rows.map(
    ({ execution }) => `${taggedPrefix(execution?.workflowId ?? '')}${execution?.runId ?? ''}`,
  );
  if (ids.length === 0) return new Map();
  const { executions } = await pages(`${IS_TAGGED} AND ${among('WorkflowId', ids)}`, ids.length, null);
  return new Map(
    (executions ?? []).map(({ execution, searchAttributes: has }) => [
      executionOfTagged(execution?.workflowId ?? ''),
      valuesOf(has?.indexedFields?.[searchAttributes.tags]),
    ]),
  );
}

/** What those executions are marked as that are, by execution. */
export async function marksOfRows(
  pages: Pages,
  rows: readonly { id: string; execution: string }[],
): Promise<Map<string, RunMark[]>> {
  const asked = rows.map(({ id, execution }) => ({ execution: { workflowId: id, runId: execution } }));
  const found = await tagsOf(pages, asked).catch((error: unknown) => {
    // No worker has registered the search attribute yet, so nothing is marked.
    if (isInvalidArgument(error)) return new Map<string, string[]>();
    throw error;
  });
  return new Map(
    [...found].flatMap(([execution, tags]): [string, RunMark[]][] => {
      const marks = tags.flatMap((tag) => markOfTag(tag) ?? []);
      return marks.length === 0 ? [] : [[execution, marks]];
    }),
  );
}

function valuesOf(payload: { data?: Uint8Array | null } | null | undefined): string[] {
  if (!payload?.data) return [];
  const value: unknown = JSON.parse(new TextDecoder().decode(payload.data));
  return [value].flat().filter((tag): tag is string => typeof tag === 'string');
}

/** What finds executions by all other terms than their tags. */
interface TaggedQuery {
  query: string;
  /** The same, of these executions alone; null where none can be meant. */
  among(executions: readonly string[]): string | null;
  /** The row of a light run, where it is one that is meant. */
  light(id: string, execution: string): Promise<Row | null>;
}

async function lightOf(tagged: string, light: TaggedQuery['light']): Promise<Row | null> {
  const execution = executionOfTagged(tagged);
  if (parseLightExecution(execution) === null) return null;
  return light(runOfTagged(tagged), execution);
}

const LATER = 0;
const FROM_START = 1;

/**
 * Lists executions by tags: first those that got tags after their start, then those that have them from their start alone. `query` finds by
 * all other terms, `among` by them and of these executions alone.
 */
export function taggedPages(
  pages: Pages,
  { tags, teams }: { tags: readonly string[]; teams: readonly string[] | null },
  { query, among: amongThem, light }: TaggedQuery,
): (size: number, token: Uint8Array | null) => Promise<Page> {
  const later = async (size: number, token: Uint8Array | null): Promise<Page> => {
    const own = teams === null ? [] : [among(searchAttributes.team, teams)];
    const found = await pages([IS_TAGGED, ...own, ...tagClauses(tags)].join(' AND '), size, token);
    const ids = (found.executions ?? []).map(({ execution }) =>
      executionOfTagged(execution?.workflowId ?? ''),
    );
    const meant = amongThem(ids.filter((id) => parseLightExecution(id) === null));
    const { executions: ordinary } = meant === null ? {} : await pages(meant, ids.length, null);
    const lights = (found.executions ?? []).map(({ execution }) =>
      lightOf(execution?.workflowId ?? '', light),
    );
    const executions = [...(ordinary ?? []), ...(await Promise.all(lights)).filter((row) => row !== null)];
    const next = found.nextPageToken;
    const nextPageToken = next?.length ? Uint8Array.of(LATER, ...next) : Uint8Array.of(FROM_START);
    return { executions, nextPageToken };
  };
  const fromStart = async (size: number, token: Uint8Array | null): Promise<Page> => {
    const found = await pages([query, ...tagClauses(tags)].join(' AND '), size, token);
    const rows = found.executions ?? [];
    const others = await tagsOf(pages, rows);
    const next = found.nextPageToken;
    return {
      executions: rows.filter(({ execution }) => !others.has(execution?.runId ?? '')),
      nextPageToken: next?.length ? Uint8Array.of(FROM_START, ...next) : new Uint8Array(),
    };
  };
  return (size, token) => {
    const rest = token !== null && token.length > 1 ? token.slice(1) : null;
    return token?.[0] === FROM_START ? fromStart(size, rest) : later(size, rest);
  };
}

// A long path in few rows: what failed or lasts by itself, the other steps a row a job; and, page by page, all of them.

import type { PathRow } from './path-rows.ts';

/** So many rows are drawn of a path, and of a page of its steps. */
export const MOST_ROWS = 60;

/** Of these, so many by themselves in a long path, and so many of jobs: what is left is one more row for each run. */
const MOST_ALONE = 30;
const MOST_JOBS = 20;

/** So many ranges of steps are offered in all: a page stays small. */
const MOST_RANGES = 80;

/** Neighbouring steps of a job, by their places among them, from 1. */
export interface StepRange {
  from: number;
  to: number;
  rows: readonly PathRow[];
}

/** Steps that share a row. */
export interface StepGroup {
  run: string;
  depth: PathRow['depth'];
  /** Null of the steps of several jobs. */
  job: string | null;
  jobs: number;
  rows: readonly PathRow[];
  /** All steps of the job, those included that have a row of their own; none where one page has all of them. */
  ranges: readonly StepRange[];
}

/** A row of a drawn path: a step, or several. */
export type PathPart = { row: PathRow } | { group: StepGroup };

const isFailed = ({ step }: PathRow): boolean => step.state === 'failed';
const isOpen = ({ step }: PathRow): boolean => step.closedAt === null;

/** A path as it is drawn: up to 60 rows, whatever its length. */
export function partsOf(rows: readonly PathRow[]): PathPart[] {
  if (rows.length <= MOST_ROWS) return rows.map((row) => ({ row }));
  const isUnfolded = (i: number): boolean => rows[i]?.depth === 0 && rows[i + 1]?.depth === 1;
  const rank = (row: PathRow, i: number): number =>
    row.isHit
      ? 0
      : isFailed(row)
        ? 1
        : isUnfolded(i)
          ? 2
          : isOpen(row)
            ? row.step.errors.pending > 0
              ? 3
              : 4
            : 5;
  const ranked = rows.map((row, i) => ({ row, rank: rank(row, i) })).filter((one) => one.rank < 5);
  const alone = new Set(
    ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MOST_ALONE)
      .map(({ row }) => row),
  );
  const groups = groupsOf(rows, alone);
  const place = new Map(rows.map((row, i) => [row, i]));
  const firstOf = (part: PathPart): number => {
    if ('group' in part && part.group.job === null) return rows.length;
    return place.get('row' in part ? part.row : (part.group.rows[0] as PathRow)) ?? 0;
  };
  return [...[...alone].map((row) => ({ row })), ...groups].sort((a, b) => firstOf(a) - firstOf(b));
}

/** The other steps by their jobs: of the smallest jobs together where there are many. */
function groupsOf(rows: readonly PathRow[], alone: ReadonlySet<PathRow>): PathPart[] {
  const all = grouped(rows, jobOf);
  const size = MOST_ROWS * Math.max(1, Math.ceil(rows.length / (MOST_ROWS * MOST_RANGES)));
  const left = [
    ...grouped(
      rows.filter((row) => !alone.has(row)),
      jobOf,
    ),
  ].sort(([, a], [, b]) => b.length - a.length);
  const kept = left.slice(0, MOST_JOBS).map(([key, some]): PathPart => {
    const [row] = some as [PathRow];
    if (some.length === 1) return { row };
    const ranges = rangesOf(all.get(key) ?? [], size);
    return { group: { ...ofRun(row), job: row.step.name, jobs: 1, rows: some, ranges } };
  });
  const others = grouped(
    left.slice(MOST_JOBS).flatMap(([, some]) => some),
    ({ run }) => run,
  );
  const joined = [...others.values()].map((some): PathPart => {
    const jobs = new Set(some.map(({ step }) => step.name)).size;
    return { group: { ...ofRun(some[0] as PathRow), job: null, jobs, rows: some, ranges: [] } };
  });
  return [...kept, ...joined];
}

const ofRun = ({ run, depth }: PathRow) => ({ run, depth });
const jobOf = ({ run, step }: PathRow): string => JSON.stringify([run, step.name]);

function grouped(rows: readonly PathRow[], keyOf: (row: PathRow) => string): Map<string, PathRow[]> {
  const groups = new Map<string, PathRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const some = groups.get(key);
    if (some === undefined) groups.set(key, [row]);
    else some.push(row);
  }
  return groups;
}

function rangesOf(rows: readonly PathRow[], size: number): StepRange[] {
  if (rows.length <= MOST_ROWS) return [];
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const some = rows.slice(i * size, (i + 1) * size);
    return { from: i * size + 1, to: i * size + some.length, rows: some };
  });
}

/** Which steps of a run's own are asked for, by the address of its page. */
export interface StepsAsked {
  job: string | undefined;
  only: 'failed' | 'open' | undefined;
  /** The place of the first, from 1. */
  from: number;
}

/** Null where the path is, and no page of its steps. */
export function stepsAsked(query: Readonly<Record<string, string | undefined>>): StepsAsked | null {
  const { job, only, from } = query;
  if (job === undefined && only === undefined && from === undefined) return null;
  const place = Number(from);
  return {
    job,
    only: only === 'failed' || only === 'open' ? only : undefined,
    from: Number.isSafeInteger(place) && place > 0 ? place : 1,
  };
}

/** A page of the steps that are asked for, in the order in which they began. */
export function stepsOnPage(rows: readonly PathRow[], { job, only, from }: StepsAsked) {
  const among = rows.filter(
    (row) =>
      row.depth === 0 &&
      (job === undefined || row.step.name === job) &&
      (only === undefined || (only === 'failed' ? isFailed(row) : isOpen(row))),
  );
  return { rows: among.slice(from - 1, from - 1 + MOST_ROWS), total: among.length };
}

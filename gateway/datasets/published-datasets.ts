// The datasets that goals declare, as the catalogue tells them.

import type { DatasetSummary } from '../../goals/wire/dataset-answers.ts';
import { latestSchema } from '../../goals/wire/datasets.ts';
import { DATASET_BOOK, memoNames } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { RunMark } from '../../goals/wire/retraction.ts';
import { value } from '../../views/payload.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { nearMembers, nearNames } from '../http/near-names.ts';
import { Problem } from '../http/problems.ts';
import { marksOfRows } from '../runs/tag-index.ts';
import type { Pages } from '../temporal/pages.ts';

export interface DatasetDeps {
  catalogue: Catalogue;
  pages: Pages;
  scope: TeamScope;
}

export type DeclaredDataset = Omit<DatasetSummary, 'latest'>;

/** Those of the caller's teams, by name. */
export function declaredDatasets(goals: readonly Publication[], scope: TeamScope): DeclaredDataset[] {
  const found = new Map<string, DeclaredDataset>();
  const known = goals.filter(({ retired }) => !retired);
  for (const field of ['produces', 'uses'] as const)
    for (const goal of known)
      for (const one of goal[field] ?? []) {
        if (!scope.holds(one.team)) continue;
        const before = found.get(one.name);
        if (before !== undefined && before.team !== one.team) continue;
        const declared = before ?? { ...one, producers: [], users: [] };
        declared[field === 'produces' ? 'producers' : 'users'].push(goal.goal);
        found.set(one.name, declared);
      }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function declaredDataset(
  { catalogue, scope }: DatasetDeps,
  name: string,
): Promise<DeclaredDataset> {
  const declared = declaredDatasets(await catalogue.all(), scope);
  const found = declared.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Problem(
    'dataset_unknown',
    `No dataset '${name}' is published. GET /datasets lists those that are.`,
    nearMembers(
      nearNames(
        name,
        declared.map((one) => one.name),
      ),
    ),
  );
}

/** Books in one query: its text has a bound. */
export const BOOKS_AT_ONCE = 200;

/** These versions, with what the runs that made them are marked as. */
export async function withMarks<Version extends { by: { run: string; execution: string } }>(
  pages: Pages,
  versions: readonly Version[],
): Promise<(Version & { marks?: RunMark[] })[]> {
  const rows = versions.map(({ by: { run, execution } }) => ({ id: run, execution }));
  const marked = new Map<string, RunMark[]>();
  for (let i = 0; i < rows.length; i += BOOKS_AT_ONCE)
    for (const [execution, marks] of await marksOfRows(pages, rows.slice(i, i + BOOKS_AT_ONCE)))
      marked.set(execution, marks);
  return versions.map((version) => {
    const marks = marked.get(version.by.execution);
    return marks === undefined ? version : { ...version, marks };
  });
}

/** The latest versions that books show, by workflow ID. */
export async function latestIn(
  pages: Pages,
  ids: readonly string[],
): Promise<Map<string, DatasetSummary['latest']>> {
  const found = new Map<string, DatasetSummary['latest']>();
  for (let i = 0; i < ids.length; i += BOOKS_AT_ONCE) {
    const some = ids.slice(i, i + BOOKS_AT_ONCE).map((id) => `'${id}'`);
    const query = `WorkflowType = '${DATASET_BOOK}' AND ExecutionStatus = 'Running' AND WorkflowId IN (${some.join(', ')})`;
    const { executions } = await pages(query, BOOKS_AT_ONCE, null);
    for (const { execution, memo } of executions ?? [])
      found.set(
        execution?.workflowId ?? '',
        latestSchema.safeParse(value(memo?.fields?.[memoNames.latest])).data ?? null,
      );
  }
  const made = [...found].flatMap(([id, latest]) => (latest === null ? [] : [{ id, ...latest }]));
  for (const { id, ...latest } of await withMarks(pages, made)) found.set(id, latest);
  return found;
}

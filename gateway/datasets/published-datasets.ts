// The datasets that goals declare, as the catalogue tells them.

import type { DatasetSummary } from '../../goals/wire/dataset-answers.ts';
import { latestSchema } from '../../goals/wire/datasets.ts';
import { DATASET_BOOK, memoNames } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { value } from '../../views/payload.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { nearMembers, nearNames } from '../http/near-names.ts';
import { Problem } from '../http/problems.ts';
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
  return found;
}

// Runs as a caller has them: those of other teams are not there. A run is its own team's, whoever has its goal by now.

import { searchAttributes } from '../../goals/wire/names.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type Runs, unknownRun } from './runs.ts';

/** `catalogue`: of every team, as it knows whose the runs are that were started on Temporal's own. */
export function scopedRuns(runs: Runs, catalogue: Catalogue, scope: TeamScope): Runs {
  const find: Runs['find'] = async (id, execution) => {
    const described = await runs.find(id, execution);
    const [told] = (described.searchAttributes[searchAttributes.team] as string[] | undefined) ?? [];
    const team = told ?? (await catalogue.find(described.type))?.team ?? null;
    if (scope.admits(team)) return described;
    throw unknownRun(id, execution);
  };
  return {
    ...runs,
    find,
    async cancel(id, asked) {
      await find(id);
      return runs.cancel(id, asked);
    },
  };
}

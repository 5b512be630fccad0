/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which the gaps of a dataset are filled: a backfill of the partitions that are missing, its plan first.

import type { BackfillPlan, BackfillView } from '../../../goals/wire/answers.ts';
import type { DatasetPage } from '../../../goals/wire/dataset-answers.ts';
import { asked, pathWith, sent } from '../asking.ts';
import { datasetPath } from '../dataset-pages.tsx';
import { count } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import { BackfillPlanShown } from './backfill-action.tsx';

export const fillDatasetRow: ActionRow = {
  path: /^\/datasets\/([^/]+)\/fill$/,
  query: ['part', 'from', 'to'],
  async open([name], { ask, query: { part, from, to }, clock }): Promise<Action> {
    const range = { part, from, to, of: 'expected', fill: 'all', limit: '1' };
    const { dataset, fill } = await asked<DatasetPage>(ask, pathWith(datasetPath(name), range));
    const { goal = '', keys = [], more } = fill ?? {};
    return {
      sentence: `Fill the gaps of ${dataset.name}`,
      screen: '/goals',
      crumbs: [
        { words: 'Datasets', href: '/datasets' },
        { words: dataset.name, href: datasetPath(dataset.name) },
        { words: 'Fill the gaps' },
      ],
      ...{ role: 'operator', team: dataset.team, reason: 'taken', isKeyed: true, done: 'backfilled' },
      lead:
        fill === null
          ? 'No partition is missing.'
          : `${count(keys.length, 'partition')} missing: a backfill of ${goal} pursues them.${more ? ' There are more than one backfill takes: ask once more after it.' : ''}`,
      fields: [
        { at: ['goal'], words: 'Goal', kind: 'hidden', value: goal },
        {
          ...{ at: ['keys'], words: 'Keys', kind: 'json', isRequired: true, isRare: true },
          ...{ hint: 'of the runs that make them', value: JSON.stringify(keys) },
        },
        { at: ['atOnce'], words: 'Runs at once', kind: 'number', hint: 'default: 4', isRare: true },
      ],
      buttons: [{ words: 'Fill them' }],
      trial: {
        words: 'Show the plan',
        isFirst: true,
        show: async (body, send) => (
          <BackfillPlanShown
            plan={await sent<BackfillPlan>(send, '/backfills', { ...body, dryRun: true })}
            clock={clock}
          />
        ),
      },
      to: '/backfills',
      after: (answer) => `/backfills/${encodeURIComponent((answer as BackfillView).id)}`,
    };
  },
};

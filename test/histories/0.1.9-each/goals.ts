import { goal } from 'goalkeeper';
import { z } from 'zod';

export const load = goal({
  ...{ name: 'load', outcome: 'The day is loaded', owner: 'tests', team: 'tests' },
  input: z.object({ day: z.string(), rows: z.int() }),
  output: z.object({ rows: z.int() }),
  key: ['day'],
  criteria: { some: ({ rows }) => rows > 0 || 'no rows' },
  pursue: async ({ rows }) => ({ rows }),
});

export const month = goal({
  ...{ name: 'month', outcome: 'The month is loaded', owner: 'tests', team: 'tests' },
  input: z.object({ month: z.string(), rows: z.array(z.int()), most: z.int().nullable() }),
  output: z.object({ rows: z.int(), lost: z.int() }),
  key: ['month'],
  criteria: { there: () => true },
  needs: [load],
  async pursue({ month, rows, most }, { achieveEach }) {
    const days = rows.map((rows, i) => ({ day: `${month}-${i + 1}`, rows }));
    if (most === null)
      return { rows: (await achieveEach(load, days)).reduce((sum, { rows }) => sum + rows, 0), lost: 0 };
    const { results, lost } = await achieveEach(load, days, { atOnce: 2, tolerate: { count: most } });
    return { rows: results.reduce((sum, loaded) => sum + (loaded?.rows ?? 0), 0), lost: lost.length };
  },
});

export default [load, month];

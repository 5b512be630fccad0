// The same goals of two teams, so that somebody may act on those of one and only look at those of the other.

import { dataset, goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

export const teams = ['offered-ours', 'offered-theirs'] as const;
export type OfferedTeam = (typeof teams)[number];

const rows = z.object({ rows: z.int() });
const input = z.object({ key: z.string(), how: z.enum(['reach', 'fail', 'wait']) });

export const importDay = job({
  name: 'offered-import',
  input: input.extend({ team: z.string() }),
  output: rows,
  retry: { attempts: 1 },
});
export const dropDay = job({
  name: 'offered-drop',
  input: z.object({ key: z.string() }),
  output: z.null(),
  retry: { attempts: 1 },
});

/** Its runs fail, wait for a person, or are reached and leave what cannot be torn down. */
const imported = (team: OfferedTeam, name: string) =>
  goal({
    name,
    ...{ team, owner: 'tests', key: ['key'], outcome: 'The day is in the warehouse' },
    ...{ input, output: rows, criteria: { 'rows arrived': () => true } },
    jobs: [importDay, dropDay],
    on: [
      schedule('0 5 1 * *', {
        name: 'main',
        input: (at) => ({ key: at.toISOString(), how: 'reach' as const }),
      }),
    ],
    async pursue({ key, how }, { run, approve, cleanup }) {
      if (how === 'wait') await approve('release');
      if (how === 'reach') await cleanup(dropDay, { key }, { name: `day-${key}`, ttl: '1h' });
      return run(importDay, { key, how, team });
    },
  });

export const goalOf = (team: OfferedTeam): string => `${team}-days`;
/** One that somebody has paused and muted. */
export const quietGoalOf = (team: OfferedTeam): string => `${team}-quiet`;

export const daysOf = (team: OfferedTeam): string => `${team}-dataset`;
/** Its dataset has a gap. */
const made = (team: OfferedTeam) => {
  const days = dataset({ name: daysOf(team), team, description: 'Days', partition: ['day'] });
  return goal({
    ...{ name: `${team}-made`, team, owner: 'tests', key: ['day'], outcome: 'The day is made' },
    ...{ input: z.object({ day: z.string() }), output: z.object({}), criteria: { there: () => true } },
    keys: { day: { every: 'day', from: '2025-11-01', to: '2025-11-01' } },
    produces: [days],
    async pursue({ day }, { produce }) {
      await produce(days, { partition: { day } });
      return {};
    },
  });
};

export default teams.flatMap((team) => [
  ...[imported(team, goalOf(team)), imported(team, quietGoalOf(team))],
  made(team),
]);

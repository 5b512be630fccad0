// What an author declares rightly, for the mistakes beside it.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const loadDay = job({
  name: 'load-day',
  input: z.object({ day: z.iso.date(), table: z.string() }),
  output: z.object({ rows: z.int() }),
});

export const notify = job({
  name: 'notify',
  input: z.object({ text: z.string() }),
  output: z.object({}),
});

export const whole = {
  name: 'whole',
  outcome: 'The day is loaded',
  owner: 'ada',
  team: 'shop',
  input: z.object({ day: z.iso.date(), customer: z.object({ id: z.string() }) }),
  output: z.object({ rows: z.int() }),
  criteria: { 'rows arrived': ({ rows }: { rows: number }) => rows > 0 },
};

export const dayLoaded = goal({ ...whole, key: ['day'], pursue: async () => ({ rows: 1 }) });

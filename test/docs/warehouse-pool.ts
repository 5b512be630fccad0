import { job, pool } from 'goalkeeper';
import { z } from 'zod';

export const warehouse = pool({ name: 'warehouse', atOnce: 4, perSecond: 10 });

export const load = job({
  name: 'load',
  input: z.object({ day: z.iso.date() }),
  output: z.object({ rows: z.int() }),
  pool: warehouse,
});

import { z } from 'zod';
import { job, pool } from '../../goals/index.ts';

export const warehouse = pool({ name: 'warehouse', atOnce: 4, perSecond: 10 });

export const load = job({
  name: 'load',
  input: z.object({ day: z.iso.date() }),
  output: z.object({ rows: z.int() }),
  pool: warehouse,
});

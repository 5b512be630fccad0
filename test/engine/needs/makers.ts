// A team whose goals others need: what it makes waits at a gate that the test opens.

import { z } from 'zod';
import { goal, job } from '../../../goals/index.ts';

const Order = z.object({ key: z.string(), gate: z.string() });

export const pass = job({
  name: 'makers-pass',
  input: z.object({ gate: z.string() }),
  output: z.object({ attempt: z.int() }),
  timeout: '10s',
  retry: { attempts: 1000, delay: '50ms', backoff: 1, permanent: ['broken'] },
});

const making = (name: string, more: { fresh?: '1d' } = {}) =>
  goal({
    name,
    ...more,
    outcome: 'It is made',
    owner: 'makers',
    team: 'makers',
    usableBy: ['buyers'],
    input: Order,
    output: z.object({ attempts: z.int() }),
    key: ['key'],
    criteria: { made: () => true },
    jobs: [pass],
    async pursue({ gate }, { run }) {
      const { attempt } = await run(pass, { gate });
      return { attempts: attempt };
    },
  });

export const made = making('needs-made');
export const madeDaily = making('needs-made-daily', { fresh: '1d' });

/** Goals of one team that need the same. */
const needing = (name: string, needed = made) =>
  goal({
    name,
    outcome: 'It is made and packed',
    owner: 'makers',
    team: 'makers',
    input: Order,
    output: z.object({ made: z.int() }),
    key: ['key'],
    criteria: { packed: () => true },
    needs: [needed],
    async pursue(input, { achieve }) {
      const { attempts } = await achieve(needed, input);
      return { made: attempts };
    },
  });

export const packed = needing('needs-packed');
export const wrapped = needing('needs-wrapped');

export const packedDaily = needing('needs-packed-daily', madeDaily);

export default [made, madeDaily, packed, wrapped, packedDaily];

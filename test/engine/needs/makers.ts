// A team whose goals others need: what it makes waits at a gate that the test opens.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

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

/** One of many: with no step, and stamped unless its number is among the torn. */
export const stamped = goal({
  name: 'needs-stamped',
  outcome: 'It is stamped',
  owner: 'makers',
  team: 'makers',
  input: z.object({ key: z.string(), n: z.int(), torn: z.array(z.int()) }),
  output: z.object({ n: z.int() }),
  key: ['key', 'n'],
  criteria: { whole: ({ n }, { torn }) => !torn.includes(n) || `${n} is torn` },
  pursue: async ({ n }) => ({ n }),
});

export const allStamped = goal({
  name: 'needs-all-stamped',
  outcome: 'All are stamped, but for some',
  owner: 'makers',
  team: 'makers',
  input: z.object({
    key: z.string(),
    of: z.string(),
    count: z.int(),
    torn: z.array(z.int()),
    most: z.int().optional(),
    atOnce: z.int().optional(),
  }),
  output: z.object({ sum: z.int(), lost: z.array(z.object({ index: z.int(), code: z.string() })) }),
  key: ['key'],
  criteria: { all: () => true },
  needs: [stamped],
  async pursue({ of, count, torn, most, atOnce }, { achieveEach }) {
    const inputs = Array.from({ length: count }, (_, i) => ({ key: of, n: i + 1, torn }));
    const options = atOnce === undefined ? {} : { atOnce };
    if (most === undefined) {
      const all = await achieveEach(stamped, inputs, options);
      return { sum: all.reduce((sum, { n }) => sum + n, 0), lost: [] };
    }
    const { results, lost } = await achieveEach(stamped, inputs, { ...options, tolerate: { count: most } });
    const sum = results.reduce((sum, one) => sum + (one?.n ?? 0), 0);
    return { sum, lost: lost.map(({ index, code }) => ({ index, code })) };
  },
});

export default [made, madeDaily, packed, wrapped, packedDaily, stamped, allStamped];

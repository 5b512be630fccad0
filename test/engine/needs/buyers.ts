// A team that needs a goal of another team, of which it knows the contract only.

import { foreignGoal, goal } from 'goalkeeper';
import { z } from 'zod';

const made = foreignGoal({
  name: 'needs-made',
  input: z.object({ key: z.string(), gate: z.string() }),
  output: z.object({ attempts: z.int() }),
});

const nowhere = foreignGoal({ name: 'needs-nowhere', input: z.object({}), output: z.object({}) });

const shared = { owner: 'buyers', team: 'buyers', key: ['key'], criteria: { there: () => true } };

export const bought = goal({
  ...shared,
  name: 'needs-bought',
  outcome: 'It is bought',
  input: z.object({ key: z.string(), gate: z.string() }),
  output: z.object({ made: z.int() }),
  needs: [made],
  async pursue(input, { achieve }) {
    const { attempts } = await achieve(made, input);
    return { made: attempts };
  },
});

export const sought = goal({
  ...shared,
  name: 'needs-sought',
  outcome: 'Never',
  input: z.object({ key: z.string() }),
  output: z.object({}),
  needs: [nowhere],
  async pursue(_, { achieve }) {
    return achieve(nowhere, {});
  },
});

export default [bought, sought];

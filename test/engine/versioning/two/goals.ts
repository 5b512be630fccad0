import { goal, schedule } from 'goalkeeper';
import { z } from 'zod';
import { first, held, shared } from '../declared.ts';

const code = 'two';

/** The other code has its steps the other way round. */
export const stays = goal({
  ...shared,
  name: 'versioned-stays',
  outcome: 'Both steps are done',
  jobs: [first, held],
  async pursue(input, { run }) {
    await run(held, input);
    await run(first, input);
    return { code };
  },
});

export const moves = goal({
  ...shared,
  name: 'versioned-moves',
  outcome: 'It was held, and is no longer',
  version: 'upgrade',
  jobs: [held],
  async pursue(input, { run }) {
    await run(held, input);
    return { code };
  },
});

export const asks = goal({
  ...shared,
  name: 'versioned-asks',
  outcome: 'Somebody said yes',
  jobs: [first],
  async pursue(input, { approve, cleanup }) {
    await cleanup(first, input, { name: 'a-thing' });
    await approve('go');
    return { code };
  },
});

export const stands = goal({
  ...shared,
  name: 'versioned-stands',
  outcome: 'It is no older than an hour',
  input: z.object({}),
  key: [],
  on: [schedule('0 4 1 1 *', { input: () => ({}), name: 'of-two' })],
  standing: { fresh: '1h', lead: '1m', input: {} },
  async pursue() {
    return { code };
  },
});

export default [stays, moves, asks, stands];

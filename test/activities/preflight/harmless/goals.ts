import { goal } from 'goalkeeper';
import { dropped } from '../before/goals.ts';
import { askedGoal, loadA, loadB, loadC, loadedGoal } from '../declared.ts';

export const asked = goal({
  ...askedGoal,
  async pursue(input, { approve, run, patched }) {
    if (patched('load-first')) {
      const loaded = await run(loadC, input);
      await approve('go');
      return loaded;
    }
    await approve('go');
    if (patched('load-first')) throw new Error('a run went both ways');
    return run(loadC, input);
  },
});

export default [
  goal({
    ...loadedGoal,
    async pursue(input, { run, patched }) {
      if (patched('b-first')) return run(loadA, await run(loadB, input));
      return run(loadC, await run(loadB, await run(loadA, input)));
    },
  }),
  asked,
  dropped,
];

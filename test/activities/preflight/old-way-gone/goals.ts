import { goal } from 'goalkeeper';
import { askedGoal, loadC } from '../declared.ts';

export default [
  goal({
    ...askedGoal,
    async pursue(input, { approve, run, deprecatePatch }) {
      deprecatePatch('load-first');
      const loaded = await run(loadC, input);
      await approve('go');
      return loaded;
    },
  }),
];

import { goal } from 'goalkeeper';
import { askedGoal, loadA, loadB, loadC, loadedGoal } from '../declared.ts';

export default [
  goal({
    ...loadedGoal,
    async pursue(input, { run }) {
      return run(loadA, await run(loadB, input));
    },
  }),
  goal({
    ...askedGoal,
    async pursue(input, { run }) {
      let turns = 0;
      while (input.key !== '') turns++;
      return run(loadC, { ...input, text: String(turns) });
    },
  }),
];

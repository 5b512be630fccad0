import { goal } from 'goalkeeper';
import { askedGoal, loadA, loadB, loadC, loadedGoal } from '../declared.ts';

export const loaded = goal({
  ...loadedGoal,
  async pursue(input, { run }) {
    return run(loadB, await run(loadA, input));
  },
});

export const asked = goal({
  ...askedGoal,
  async pursue(input, { approve, run }) {
    await approve('go');
    return run(loadC, input);
  },
});

export const dropped = goal({
  ...askedGoal,
  name: 'preflight-dropped',
  async pursue(input, { approve, run }) {
    await approve('go');
    return run(loadC, input);
  },
});

export default [loaded, asked, dropped];

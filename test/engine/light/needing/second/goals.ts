// The next release: the goal is light no more, and another needs it.

import { neededIn, needingIn } from '../goals.ts';

const needed = neededIn(false);
export const needing = needingIn(needed);

export default [needed, needing];

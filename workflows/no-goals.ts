// What `#goals` is where no worker has put a team's module in its place (see activities/bundle.ts).

import type { Goal } from '../goals/index.ts';

const goals: readonly Goal[] = [];
export default goals;

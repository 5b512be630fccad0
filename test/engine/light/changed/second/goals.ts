// The next release: one of the goals has more hosts.

import { changedIn } from '../goals.ts';

export default [changedIn('light-deployed', { hosts: 3 })];

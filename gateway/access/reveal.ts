// Who may see the values of runs, where they are sealed: a gateway with keys opens everything, and shows it to whom it may.

import type { AccessFile } from './access-file.ts';
import { may, type Principal } from './principal.ts';

/** Whether a principal may see values of a team's runs; `null`: of every team's. */
export function mayReveal(
  file: AccessFile | null,
  principal: Principal,
  team: string | 'all' | null,
): boolean {
  const roles = file?.reveal ?? ['operator'];
  return roles.some((role) => (team === 'all' ? mayForAll(principal, role) : may(principal, role, team)));
}

const mayForAll = (principal: Principal, role: AccessFile['reveal'][number]): boolean =>
  principal.grants.some(
    (grant) => grant.teams === 'all' && may({ ...principal, grants: [grant] }, role, null),
  );

// Whose things a request may see or move: those of the teams for which its caller has the role of the route. A thing of another
// team does not exist for it, unless the caller has another role there and so knows of it.

import type { Role } from '../http/route.ts';
import { roleMissing } from './admission.ts';
import { knownTeams, type Principal, teamsOf } from './principal.ts';

export interface TeamScope {
  /** For queries; null: every team's. */
  teams: readonly string[] | null;
  /** Whether things of the team are in it. What has no team is in the scope of every team's only. */
  holds(team: string | null): boolean;
  /** The same for a thing that is asked for by its name: a `Problem` where the caller knows of the team and lacks the role. */
  admits(team: string | null): boolean;
}

/** Every team's things. */
export const everything: TeamScope = { teams: null, holds: () => true, admits: () => true };

/** The scope of a caller at routes of a role. `onForeign` hears of what is there, and is another team's. */
export function scopeOf(principal: Principal, role: Role, onForeign: () => void = () => {}): TeamScope {
  const teams = teamsOf(principal, role);
  if (teams === 'all') return everything;
  const known = knownTeams(principal);
  const holds = (team: string | null): boolean => team !== null && teams.includes(team);
  return {
    teams,
    holds,
    admits(team) {
      if (holds(team)) return true;
      if (known === 'all' || (team !== null && known.includes(team))) throw roleMissing(principal, role);
      if (team !== null) onForeign();
      return false;
    },
  };
}

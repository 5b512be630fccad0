// Who asks, as one value from the edge of the gateway to the record of the run.

import type { Role } from '../http/route.ts';

/** Roles that somebody can be given: all but `open`, which is everybody's. */
export const grantedRoles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type GrantedRole = (typeof grantedRoles)[number];

/** Roles over teams. */
export interface TeamGrant {
  /** The group that it is for; absent of a token's own. */
  group?: string | undefined;
  roles: readonly GrantedRole[];
  /** `all`: also the teams that come later. */
  teams: readonly string[] | 'all';
}

export interface Principal {
  /** `token` and `service` are machines; `anybody` asks a gateway without an access file. */
  kind: 'token' | 'person' | 'service' | 'anybody';
  /** Null of anybody, whose requests say `by` themselves. */
  name: string | null;
  /** How the gateway knows. */
  how: 'none' | 'api-token' | 'jwt' | 'session' | 'proxy';
  grants: readonly TeamGrant[];
  verified: boolean;
}

/** Who asks a gateway without an access file, and whoever uses a route that is open: everything is theirs. */
export const anybody: Principal = {
  kind: 'anybody',
  name: null,
  how: 'none',
  grants: [{ roles: ['admin'], teams: 'all' }],
  verified: false,
};

/** Which roles do for a route of this one. */
const DOES: Record<GrantedRole, readonly GrantedRole[]> = {
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  approver: ['approver', 'admin'],
  admin: ['admin'],
};

const gives = ({ roles }: TeamGrant, role: GrantedRole): boolean =>
  roles.some((given) => DOES[role].includes(given));

/** The teams for which a principal has a role; empty where it has it for none. */
export function teamsOf({ kind, grants }: Principal, role: Role): readonly string[] | 'all' {
  if (role === 'open') return 'all';
  // What a run asks of people no machine decides, also not one that administers.
  if (role === 'approver' && (kind === 'token' || kind === 'service')) return [];
  return union(grants.filter((grant) => gives(grant, role)));
}

/** The teams of which a principal knows: it has any role there. */
export const knownTeams = ({ grants }: Principal): readonly string[] | 'all' => union(grants);

function union(grants: readonly TeamGrant[]): readonly string[] | 'all' {
  const teams = new Set<string>();
  for (const grant of grants) {
    if (grant.teams === 'all') return 'all';
    for (const team of grant.teams) teams.add(team);
  }
  return [...teams].sort();
}

/**
 * Whether a principal may use a route of this role for a team's thing; `null`: for any team's at all.
 *
 * @example
 * may(principal, 'viewer', 'finance')
 */
export function may(principal: Principal, role: Role, team: string | null): boolean {
  const teams = teamsOf(principal, role);
  return teams === 'all' || (team === null ? teams.length > 0 : teams.includes(team));
}

/** Which of these names of people, groups and teams the principal goes by: of a team whoever approves for it. */
export function namesOf(principal: Principal, among: readonly string[], teams: readonly string[]): string[] {
  const approvesFor = teamsOf(principal, 'approver');
  const isTheirs = (name: string): boolean =>
    name === principal.name ||
    principal.grants.some(({ group }) => group === name) ||
    (approvesFor === 'all' ? teams.includes(name) : approvesFor.includes(name));
  return among.filter(isTheirs);
}

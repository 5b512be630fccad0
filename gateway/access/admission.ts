// Who asks, by the credentials of the request; and whether the route is theirs at all. Of which things it is, scope.ts says.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import { Problem } from '../http/problems.ts';
import type { Role, RouteFacts } from '../http/route.ts';
import type { AccessFile } from './access-file.ts';
import { isApiToken, lineOf } from './api-token.ts';
import { jwtReader } from './bearer-jwt.ts';
import { callerLimits } from './caller-limits.ts';
import { anybody, may, type Principal } from './principal.ts';
import { principalOfProxy } from './proxy-identity.ts';
import { CHALLENGE, refused } from './refused.ts';
import { principalOfSession } from './sessions.ts';
import type { Access, WatchedAccess } from './watched-access.ts';

type Asked = Pick<RouteFacts, 'role'>;

export interface Admission {
  /**
   * The principal of a request, and what the answer says of its quota; a `Problem` where it has no credentials, others than
   * count, or not the route's role, or where it asks too often.
   */
  admit(c: Context, route: Asked): Promise<{ principal: Principal; headers: Record<string, string> }>;
  /** Who asks, where that is known by now; null where it is not, or everybody is let in. */
  known(c: Context): Principal | null;
  /** The principal as it is by now, of a request that was admitted and goes on; a `Problem` where it may no longer ask. */
  again(c: Context, route: Asked): Promise<Principal>;
}

/** Admits everybody: of a gateway that serves its own machine, or a network that lets in only whom it should. */
export const everybody: Admission = {
  admit: async () => ({ principal: anybody, headers: {} }),
  again: async () => anybody,
  known: () => null,
};

export function admissionBy(access: WatchedAccess, log: Logger, publicUrl: URL | null = null): Admission {
  const readJwt = jwtReader(log);
  const limits = callerLimits(access);
  const identified = new WeakMap<Context, Principal>();
  return {
    async admit(c, { role }) {
      if (role === 'open') return { principal: anybody, headers: {} };
      const principal = await limits.failing(c, () => identify(access.current(), c));
      identified.set(c, principal);
      const headers = limits.take(c, principal);
      return { principal: withRole(principal, role), headers };
    },
    known: (c) => identified.get(c) ?? null,
    async again(c, { role }) {
      return role === 'open' ? anybody : withRole(await identify(access.current(), c), role);
    },
  };

  /** Whoever sends a token means it; else a proxy may say who it is, and then a session. */
  async function identify(known: Access, c: Context): Promise<Principal> {
    const { file } = known;
    const credential = credentialIn(c, file);
    if (credential !== null)
      return isApiToken(credential) ? principalOfToken(file, credential) : readJwt(file, credential);
    const principal = principalOfProxy(file, c) ?? (await principalOfSession({ ...known, publicUrl }, c));
    if (principal !== null) return principal;
    throw new Problem('credentials_missing', 'Send the header `Authorization: Bearer …` with a token.', {
      headers: { 'www-authenticate': challengeOf(file, c, publicUrl) },
    });
  }
}

/** A client of /mcp hears where it learns which issuers give tokens (RFC 9728). */
function challengeOf({ issuers }: AccessFile, c: Context, publicUrl: URL | null): string {
  if (c.req.path !== '/mcp' || issuers.length === 0 || publicUrl === null) return CHALLENGE;
  const metadata = new URL('/.well-known/oauth-protected-resource/mcp', publicUrl);
  return `${CHALLENGE}, resource_metadata="${metadata.href}"`;
}

function withRole(principal: Principal, role: Role): Principal {
  if (may(principal, role, null)) return principal;
  throw roleMissing(principal, role);
}

/** Of a principal that has the role for no team, or not for this one. */
export const roleMissing = ({ name }: Principal, role: string): Problem =>
  new Problem('role_missing', `${name ?? 'Whoever asks'} has not the role ${role} here.`, {
    members: { role },
  });

function principalOfToken(access: AccessFile, token: string): Principal {
  const line = lineOf(access, token);
  if (line === null) throw refused('The token is not one that this gateway knows.');
  const { id, name, roles, teams, person, notAfter } = line;
  if (notAfter !== undefined && notAfter <= Date.now())
    throw refused(`The token ${id} has expired on ${new Date(notAfter).toISOString()}.`);
  const kind = person ? 'person' : 'token';
  return { kind, name, how: 'api-token', grants: [{ roles, teams }], verified: true };
}

/** What the header `Authorization` carries, or a proxy's signed assertion; null where there is neither. */
function credentialIn(c: Context, { issuers }: AccessFile): string | null {
  const header = c.req.header('authorization');
  if (header === undefined) {
    const asserted = issuers.map(({ assertionHeader }) => assertionHeader && c.req.header(assertionHeader));
    return asserted.find((assertion) => assertion) ?? null;
  }
  const [, credential] = /^bearer +([\w.~+/=-]{1,8192}) *$/i.exec(header) ?? [];
  if (credential === undefined) throw refused('The header Authorization is not `Bearer` and one token.');
  return credential;
}

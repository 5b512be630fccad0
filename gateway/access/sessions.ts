// Sessions of people in browsers: a cookie that holds who signed in, when, and which of their groups the access file names. What
// the groups may is looked up at each request, so that a grant that is taken back is taken back at once.

import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { Problem } from '../http/problems.ts';
import { nameField } from './access-file.ts';
import type { Principal } from './principal.ts';
import { refused } from './refused.ts';
import { type KeyRing, seal, unseal } from './sealed.ts';
import type { Access } from './watched-access.ts';

/** `__Host-` makes browsers refuse it from anybody but this host, and without TLS. */
export const SESSION_COOKIE = '__Host-gk';
const PURPOSE = 'session';
/** What browsers take of one cookie, with its name and attributes. */
const COOKIE_LIMIT = 3_800;

const sessionSchema = z.object({
  name: nameField,
  issuer: z.string(),
  groups: z.array(z.string()),
  iat: z.number(),
});
export type Session = Omit<z.infer<typeof sessionSchema>, 'iat'>;

export const cookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;

/** Gives the browser a session. */
export async function beginSession(
  c: Context,
  { file, sessionKeys }: Access,
  session: Session,
): Promise<void> {
  const maxAge = Math.floor(file.sessions.hours * 3600);
  const sealed = await seal(sessionKeys, PURPOSE, session, maxAge);
  if (sealed.length > COOKIE_LIMIT)
    throw refused(`${session.name} is in too many groups that the access file names for a cookie to hold.`);
  setCookie(c, SESSION_COOKIE, sealed, { ...cookieOptions, maxAge });
}

/** The person of the session; null where the request has none. */
export async function principalOfSession(
  { file, sessionKeys, publicUrl }: Access & { publicUrl: URL | null },
  c: Context,
): Promise<Principal | null> {
  const sealed = getCookie(c, SESSION_COOKIE);
  if (sealed === undefined) return null;
  const session = await opened(sessionKeys, sealed);
  if (session === null) throw refused('The session is over, or none that this gateway knows. Sign in again.');
  refuseForeignWrite(c, publicUrl);
  const { name, issuer, groups, iat } = session;
  if (isRevoked(file, name, iat)) throw refused('The session was ended. Sign in again.');
  return {
    ...{ kind: 'person', name, how: 'session', verified: true },
    grants: file.grants.filter(
      (grant) => groups.includes(grant.group) && (grant.issuer ?? issuer) === issuer,
    ),
  };
}

async function opened(ring: KeyRing, sealed: string): Promise<z.infer<typeof sessionSchema> | null> {
  return sessionSchema.safeParse(await unseal(ring, PURPOSE, sealed)).data ?? null;
}

/** Whether all that was given to a name before that moment counts no more. */
export const isRevoked = ({ revoked }: Access['file'], name: string, issuedAt: number): boolean =>
  revoked.some((one) => one.name === name && issuedAt * 1000 < one.before);

/** A browser sends the cookie with whatever page asks for: a page of ours says so. */
function refuseForeignWrite(c: Context, publicUrl: URL | null): void {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return;
  const isOurs =
    c.req.header('sec-fetch-site') === 'same-origin' ||
    (publicUrl !== null && c.req.header('origin') === publicUrl.origin);
  if (!isOurs)
    throw new Problem(
      'cross_site',
      'A session writes from a page of the gateway only; programs send a token.',
    );
}

// Bearer tokens of issuers that the access file names: JSON Web Tokens, whose groups the file maps to roles and teams.

import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { Problem } from '../http/problems.ts';
import { type AccessFile, type Issuer, nameField } from './access-file.ts';
import { claimAt, groupsIn } from './claims.ts';
import { KeysUnavailable, keySetOf } from './key-set.ts';
import type { Principal } from './principal.ts';
import { refused } from './refused.ts';
import { isRevoked } from './sessions.ts';

/** Asymmetric ones only: a public key is never taken for a shared secret. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const SKEW_S = 30;

/** The principal of a JWT; a `Problem` where it is not one that counts. */
export type ReadJwt = (access: AccessFile, token: string) => Promise<Principal>;

/** Keys are kept by issuer, whatever becomes of the access file. */
export function jwtReader(log: Logger, now: () => number = Date.now): ReadJwt {
  const keys = new Map<string, JWTVerifyGetKey>();
  const keysOf = ({ issuer, keysUrl }: Issuer): JWTVerifyGetKey => {
    const name = JSON.stringify([issuer, keysUrl]);
    const known = keys.get(name) ?? keySetOf({ issuer, keysUrl }, log, now);
    keys.set(name, known);
    return known;
  };
  return async (access, token) => {
    const issuer = issuerOf(access, token);
    if (issuer === null) throw refused('The token is not one that this gateway knows.');
    const payload = await verified(token, issuer, keysOf(issuer));
    return principalOfJwt(access, issuer, payload);
  };
}

/** By what it says of itself, which nothing proves yet. */
function issuerOf({ issuers }: AccessFile, token: string): Issuer | null {
  try {
    const { iss } = decodeJwt(token);
    return issuers.find(({ issuer }) => issuer === iss) ?? null;
  } catch {
    return null;
  }
}

async function verified(
  token: string,
  { issuer, audience }: Issuer,
  key: JWTVerifyGetKey,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: SKEW_S },
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    if (error instanceof KeysUnavailable)
      throw new Problem('issuer_unavailable', 'The keys by which the token is checked cannot be had.', {
        headers: { 'retry-after': '30' },
      });
    if (error instanceof errors.JOSEError) throw refused(`The token does not count: ${whyOf(error)}.`);
    throw error;
  }
}

/** In words of ours: what a library says may quote the token. */
function whyOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is not the right one`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not taken';
  return 'its issuer has not signed it';
}

function principalOfJwt(access: AccessFile, issuer: Issuer, payload: JWTPayload): Principal {
  const name = nameField.safeParse(claimAt(payload, issuer.nameClaim)).data;
  if (name === undefined)
    throw refused(
      `The token names nobody: its claim ${issuer.nameClaim} is not a name of 1 to 100 characters.`,
    );
  if (isRevoked(access, name, payload.iat ?? 0)) throw refused('The token was revoked.');
  const groups = groupsIn(claimAt(payload, issuer.groupsClaim));
  return {
    ...{ kind: issuer.people ? 'person' : 'service', name, how: 'jwt', verified: true },
    grants: access.grants.filter(
      ({ group, issuer: of }) => groups.includes(group) && (of === undefined || of === issuer.issuer),
    ),
  };
}

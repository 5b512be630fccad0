// What a browser keeps for the gateway and cannot read: sealed by a key ring that all gateways share, so that none of them has
// to remember anything. The first key seals, and all of them open.

import { createHash } from 'node:crypto';
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from 'jose';

/** Keys of 32 bytes, the one that seals first. */
export type KeyRing = readonly Uint8Array[];

const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;

const idOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

/** Seals the claims for this purpose, for so many seconds. Throws where there is no key. */
export async function seal(
  ring: KeyRing,
  purpose: string,
  claims: JWTPayload,
  seconds: number,
): Promise<string> {
  const [key] = ring;
  if (key === undefined) throw new Error('there is no key to seal with');
  const now = Math.floor(Date.now() / 1000);
  return new EncryptJWT({ ...claims, iat: now, exp: now + seconds })
    .setProtectedHeader({ ...HEADER, kid: idOf(key) })
    .setAudience(purpose)
    .encrypt(key);
}

/** The claims of what was sealed for this purpose; null where it was not, by no key of the ring, or too long ago. */
export async function unseal(ring: KeyRing, purpose: string, sealed: string): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtDecrypt(
      sealed,
      ({ kid }) => {
        const key = ring.find((one) => idOf(one) === kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        ...{ audience: purpose, requiredClaims: ['exp', 'iat'] },
        ...{ keyManagementAlgorithms: [HEADER.alg], contentEncryptionAlgorithms: [HEADER.enc] },
      },
    );
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

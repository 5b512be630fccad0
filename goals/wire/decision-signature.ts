// How a gateway signs who decided, so that a run can tell a decision of its gateway from what anybody else sends who may write
// to Temporal. Ed25519: workers have public keys only, and can sign nothing.

import { getPublicKey, hashes, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { type DecisionRequest, decisionDigest } from './approvals.ts';
import { canonicalJson } from './text/canonical-json.ts';

hashes.sha512 = sha512;

const hexOf32 = z.string().regex(/^[0-9a-f]{64}$/, 'is not 32 bytes in hex');
const keyId = z.string().regex(/^[A-Za-z0-9._-]{1,40}$/, 'is not the ID of a key');

/** What a gateway signs with: the first of its keys. */
export const signingKeySchema = z.strictObject({ id: keyId, private: hexOf32 });
export type SigningKey = z.infer<typeof signingKeySchema>;

/** What runs check with: any of their worker's keys. */
export const decisionKeySchema = z.strictObject({ id: keyId, public: hexOf32 });
export type DecisionKey = z.infer<typeof decisionKeySchema>;

/** What workers may know of it. */
export const publicKeyOf = ({ id, private: secret }: SigningKey): DecisionKey => ({
  id,
  public: bytesToHex(getPublicKey(hexToBytes(secret))),
});

/** A signature is good for so long: a worker that was away may still take it, and it is not good for ever. */
export const SIGNED_FOR_MS = 15 * 60_000;

/** Which decision is meant: of this execution only. */
export interface SignedFor {
  run: string;
  execution: string;
}

/** Signs a decision that a verified person takes at `at`, in milliseconds since 1970. */
export function signDecision(
  key: SigningKey,
  of: SignedFor,
  request: DecisionRequest,
  at: number,
): NonNullable<DecisionRequest['signed']> {
  const message = messageOf(of, request, key.id, at);
  return { key: key.id, at, signature: bytesToHex(sign(message, hexToBytes(key.private))) };
}

/** What is wrong with the signature of a decision; null when it is good. */
export function wrongSignature(
  keys: readonly DecisionKey[],
  of: SignedFor,
  request: DecisionRequest,
  now: number,
): string | null {
  const { signed, verified } = request;
  if (signed === undefined || !verified) return 'it has no signature of a gateway';
  const key = keys.find(({ id }) => id === signed.key);
  if (key === undefined) return `it is signed with the key ${signed.key}, which the worker does not know`;
  if (Math.abs(now - signed.at) > SIGNED_FOR_MS) return 'its signature is too old';
  const isGood = verify(
    hexToBytes(signed.signature),
    messageOf(of, request, signed.key, signed.at),
    hexToBytes(key.public),
  );
  return isGood ? null : 'its signature is of something else';
}

/** Everything that the run judges by. */
function messageOf({ run, execution }: SignedFor, request: DecisionRequest, key: string, at: number) {
  const { step, by, as = [], reason } = request;
  const said = { key, at, run, execution, step, by, as, reason, decision: decisionDigest(request) };
  return utf8ToBytes(`goalkeeper decision\n${canonicalJson(said)}`);
}

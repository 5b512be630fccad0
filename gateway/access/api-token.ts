// API tokens: `gk_<id>_<secret>`. The ID finds the line of the access file and is no secret; of the whole, only a hash is kept.
// 256 random bits cannot be guessed, so that a plain hash is enough.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccessFile, TokenLine } from './access-file.ts';

const TOKEN = /^gk_([a-z0-9]{8,32})_[A-Za-z0-9_-]{43}$/;

export interface NewToken {
  /** To be shown once. */
  token: string;
  id: string;
  /** Of the token, for the access file. */
  sha256: string;
}

/** Makes a token that nobody has. */
export function newToken(): NewToken {
  const id = randomBytes(6).toString('hex');
  const token = `gk_${id}_${randomBytes(32).toString('base64url')}`;
  return { token, id, sha256: digestOf(token).toString('hex') };
}

/** Whether a credential is meant to be one of these tokens. */
export const isApiToken = (credential: string): boolean => credential.startsWith('gk_');

/** The line of a token; null where there is none. A line that has expired is found, too. */
export function lineOf({ tokens }: AccessFile, credential: string): TokenLine | null {
  const [, id] = TOKEN.exec(credential) ?? [];
  if (id === undefined) return null;
  const given = digestOf(credential);
  const line = tokens.find((one) => one.id === id);
  return line !== undefined && timingSafeEqual(Buffer.from(line.sha256, 'hex'), given) ? line : null;
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

// The public keys of an issuer, fetched when they are needed and kept: an issuer that cannot be reached keeps nobody out whose
// key is known.

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { z } from 'zod';

/** After so long keys are fetched anew, while those that are known still count. */
const FRESH_MS = 10 * 60_000;
/** So long they count where the issuer cannot be reached: a key may have been withdrawn meanwhile. */
const STALE_MS = 24 * 60 * 60_000;
/** Between two fetches, whatever keys tokens name. */
const COOLDOWN_MS = 30_000;
const FETCH_MS = 3_000;
const MOST_BYTES = 1024 * 1024;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** The keys of an issuer cannot be had, so nothing is known of a token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface KeySource {
  issuer: string;
  /** Where its keys are. Default: where its discovery document says. */
  keysUrl?: string | undefined;
}

/** Finds the key of a token; rejects with a `KeysUnavailable` or one of jose's errors. */
export function keySetOf(source: KeySource, log: Logger, now: () => number = Date.now): JWTVerifyGetKey {
  let known: { get: ReturnType<typeof createLocalJWKSet>; at: number } | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | null = null;

  /** Fetches them, unless that was tried lately; one fetch for all who want it. */
  function refresh(): Promise<void> {
    if (fetching === null && now() - triedAt < COOLDOWN_MS) return Promise.resolve();
    fetching ??= (async () => {
      triedAt = now();
      try {
        known = { get: createLocalJWKSet(await fetchKeys(source)), at: now() };
      } catch (error) {
        log.warn({ issuer: source.issuer, reason: (error as Error).message }, 'keys cannot be fetched');
      } finally {
        fetching = null;
      }
    })();
    return fetching;
  }

  return async (header, token) => {
    if (known === null || now() - known.at > STALE_MS) {
      known = null;
      await refresh();
    } else if (now() - known.at > FRESH_MS) void refresh();
    if (known === null) throw new KeysUnavailable(`the keys of ${source.issuer} cannot be had`);
    try {
      return await known.get(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // It may have a new one.
      await refresh();
      return known.get(header, token);
    }
  };
}

async function fetchKeys({ issuer, keysUrl }: KeySource): Promise<JSONWebKeySet> {
  return keysSchema.parse(await fetchJson(keysUrl ?? (await discovered(issuer)))) as JSONWebKeySet;
}

async function discovered(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = discoverySchema.parse(await fetchJson(url));
  if (found.issuer !== issuer) throw new Error(`${url} is that of another issuer`);
  return found.jwks_uri;
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const text = await response.text();
  if (text.length > MOST_BYTES) throw new Error(`${url} answers too much`);
  return JSON.parse(text);
}

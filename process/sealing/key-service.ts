// A service that keeps a key and never gives it away: it wraps the data keys that payloads are sealed with, and unwraps them.

import { KeyProblem } from './key-problem.ts';

/** What wraps data keys: a KMS, or what stands before one. */
export interface KeyService {
  wrap(dataKey: Uint8Array): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

const ASK_MS = 5_000;

/** A service over HTTP: `POST { "wrap": … }` answers `{ "wrapped": … }`, `{ "unwrap": … }` answers `{ "key": … }`, all in base64. */
export function httpKeyService(id: string, url: string, token: string | null): KeyService {
  const ask = async (body: Record<string, string>, field: string): Promise<Uint8Array> => {
    const unavailable = (why: string, cause?: unknown): KeyProblem =>
      new KeyProblem('key_service_unavailable', `the key service of the key ${id} ${why}`, { cause });
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(ASK_MS),
      });
    } catch (error) {
      throw unavailable('does not answer', error);
    }
    if (!response.ok) throw unavailable(`answers ${response.status}`);
    const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null;
    const given = answer?.[field];
    if (typeof given !== 'string') throw unavailable(`answers without ${field}`);
    return new Uint8Array(Buffer.from(given, 'base64'));
  };
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    wrap: (dataKey) => ask({ wrap: base64(dataKey) }, 'wrapped'),
    unwrap: (wrapped) => ask({ unwrap: base64(wrapped) }, 'key'),
  };
}

// A service that takes work and tells later how it went, when a test says so.

import { afterAll, expect } from 'vitest';
import { answer, type Behaviour, stubService } from '../../activities/runners/stub-service.ts';

export interface Told {
  status: number;
  code: string | null;
  body: Record<string, unknown> | null;
}

/** Sends what the work came to. */
export async function tell(callback: string, body: unknown): Promise<Told> {
  const response = await fetch(callback, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const said = text === '' ? null : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, code: (said?.code as string) ?? null, body: said };
}

export const failed = (code: string, more: object = {}) => ({
  goalkeeper: 1,
  error: { code, message: `it came to ${code}`, ...more },
});

export async function slowService() {
  const callbacks = new Map<string, string[]>();
  const first = new Map<string, Behaviour>();
  const service = await stubService(async (request, response) => {
    const key = request.url.split('/').at(-1) as string;
    const callback = request.headers['goalkeeper-callback'] as string;
    const odd = first.get(key);
    first.delete(key);
    if (odd) return odd(request, response);
    callbacks.set(key, [...(callbacks.get(key) ?? []), callback]);
    return answer(202, '')(request, response);
  }, afterAll);
  return {
    ...service,
    /** What the next request for a key meets instead. */
    meets: (key: string, behaviour: Behaviour) => void first.set(key, behaviour),
    /** The callback of the nth request for a key that was taken, once it is there. */
    async callback(key: string, n = 1): Promise<string> {
      await expect
        .poll(() => callbacks.get(key)?.length ?? 0, { timeout: 60_000, interval: 20 })
        .toBeGreaterThanOrEqual(n);
      return callbacks.get(key)?.[n - 1] as string;
    },
    taken: (key: string) => callbacks.get(key)?.length ?? 0,
  };
}

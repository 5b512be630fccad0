// The keys of a process: the newest seals, all of them open. Keys that a service keeps seal by data keys, each of which it has
// wrapped, and which stand wrapped beside what they have sealed.

import { randomBytes } from 'node:crypto';
import type { SealingKey } from './key-file.ts';
import { KeyProblem } from './key-problem.ts';
import { httpKeyService, type KeyService } from './key-service.ts';

const KEY_BYTES = 32;
/** A data key seals for so long. */
const DATA_KEY_MS = 3_600_000;
/** Data keys that are kept unwrapped. */
const UNWRAPPED_LIMIT = 1_000;

/** What seals a payload: the key's ID, the bytes, and where a service keeps the key, the wrapped bytes. */
export interface DataKey {
  id: string;
  key: Uint8Array;
  wrapped: Uint8Array | null;
}

interface Held {
  from: number;
  id: string;
  key: Uint8Array | null;
  service: KeyService | null;
  data: { made: number; key: Promise<DataKey> } | null;
  unwrapped: Map<string, Promise<Uint8Array>>;
}

export class SealingKeys {
  readonly #held: Map<string, Held>;

  constructor(keys: readonly SealingKey[]) {
    this.#held = new Map(
      keys.map(({ id, from, key }) => {
        const isOwn = key instanceof Uint8Array;
        const service = isOwn ? null : httpKeyService(id, key.url, key.token);
        return [id, { id, from, key: isOwn ? key : null, service, data: null, unwrapped: new Map() }];
      }),
    );
  }

  get ids(): string[] {
    return [...this.#held.keys()];
  }

  /** The ID of the key that seals at this time; null where there is none. */
  sealsBy(now = Date.now()): string | null {
    return this.#newest(now)?.id ?? null;
  }

  /** The key to seal with; null where there is none. Rejects with a `KeyProblem`. */
  async sealing(now = Date.now()): Promise<DataKey | null> {
    const held = this.#newest(now);
    if (held === null) return null;
    const { id, key, service } = held;
    if (key !== null || service === null) return key === null ? null : { id, key, wrapped: null };
    if (held.data === null || now - held.data.made > DATA_KEY_MS)
      held.data = { made: now, key: dataKeyOf(id, service) };
    const { data } = held;
    return data.key.catch((error: unknown) => {
      if (held.data === data) held.data = null;
      throw error;
    });
  }

  /** The key to open with. Rejects with a `KeyProblem`. */
  async opening(id: string, wrapped: Uint8Array | null): Promise<Uint8Array> {
    const held = this.#held.get(id);
    if (held === undefined)
      throw new KeyProblem(
        'key_missing',
        `it is sealed with the key ${id}, which is not among this process's keys (GOALKEEPER_KEYS)`,
      );
    if (held.key !== null) return held.key;
    if (wrapped === null || held.service === null)
      throw new KeyProblem('key_wrong', `it is sealed with the key ${id}, and not by its key service`);
    const name = Buffer.from(wrapped).toString('base64');
    const { unwrapped, service } = held;
    let known = unwrapped.get(name);
    if (known === undefined) {
      known = service.unwrap(wrapped);
      unwrapped.set(name, known);
      known.catch(() => unwrapped.delete(name));
      const [oldest] = unwrapped.keys();
      if (unwrapped.size > UNWRAPPED_LIMIT && oldest !== undefined) unwrapped.delete(oldest);
    }
    return known;
  }

  /** Of those from which it seals by now, the one from the latest time; of several the last. */
  #newest(now: number): Held | null {
    let newest: Held | null = null;
    for (const held of this.#held.values())
      if (held.from <= now && held.from >= (newest?.from ?? Number.NEGATIVE_INFINITY)) newest = held;
    return newest;
  }
}

async function dataKeyOf(id: string, service: KeyService): Promise<DataKey> {
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  return { id, key, wrapped: await service.wrap(key) };
}

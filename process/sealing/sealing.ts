// What a process does with payloads on their way to Temporal and from there: seals and opens, by the keys that it has.

import type { Payload, PayloadCodec } from '@temporalio/common';
import { READABLE_METADATA } from '../../goals/wire/stored.ts';
import { KeyProblem } from './key-problem.ts';
import { openPayload, sealOf, sealPayload } from './seal-payload.ts';
import { SealingKeys } from './sealing-keys.ts';

export interface Sealing {
  /** The keys as they are by now. */
  ring(): SealingKeys;
  /** Looks for keys that came since: another process may have them already, and seal with them. */
  renew(): Promise<void>;
  /**
   * What becomes of what cannot be opened: an error, as in a worker, which must not go on by what it cannot read; or, where people
   * read, `{ "$encrypted": <key ID> }` in its place, and the problem is heard.
   */
  unopened: 'throws' | ((problem: KeyProblem) => void);
  /** Whether something sealed has been seen that no key of this process opened: then it writes nothing in clear. */
  mayNotWrite(): KeyProblem | null;
  /** That values of this namespace are sealed, where it is known otherwise. */
  seesSealed(): void;
  stop(): void;
}

/** Of a process with these keys, or with none. */
export function sealingWith(
  ring: () => SealingKeys,
  {
    unopened = 'throws',
    stop = () => undefined,
    renew = async () => undefined,
  }: Partial<Pick<Sealing, 'unopened' | 'stop' | 'renew'>> = {},
): Sealing {
  let seen = false;
  return {
    ring,
    renew,
    unopened,
    stop,
    seesSealed() {
      seen = true;
    },
    mayNotWrite: () =>
      seen && ring().sealsBy() === null
        ? new KeyProblem(
            'key_missing',
            'values are sealed here, and this process has no key (GOALKEEPER_KEYS)',
          )
        : null,
  };
}

/** Without keys: nothing is sealed. */
export const unsealed = (unopened: Sealing['unopened'] = 'throws'): Sealing => {
  const none = new SealingKeys([]);
  return sealingWith(() => none, { unopened });
};

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const JSON_ENCODING = new TextEncoder().encode('json/plain');

/** Seals payloads that are not sealed yet. Rejects with a `KeyProblem`. */
export async function sealAll(sealing: Sealing, namespace: string, payloads: Payload[]): Promise<Payload[]> {
  const problem = sealing.mayNotWrite();
  if (problem !== null) throw problem;
  const key = await sealing.ring().sealing();
  if (key === null) return payloads;
  return payloads.map((payload) => (staysOpen(payload) ? payload : sealPayload(payload, key, namespace)));
}

/** What is sealed already, lies in storage, or is to be read by whoever has no key. */
const staysOpen = (payload: Payload): boolean =>
  sealOf(payload) !== null || payload.metadata?.[READABLE_METADATA] !== undefined || isReference(payload);

/** What it refers to was sealed before it was stored. */
function isReference({ metadata }: Payload): boolean {
  const type = metadata?.messageType;
  return type !== undefined && textOf(type) === 'temporal.api.sdk.v1.ExternalStorageReference';
}

/** Opens those that are sealed, however often. Rejects with a `KeyProblem` where this process must not go on without. */
export async function openAll(sealing: Sealing, namespace: string, payloads: Payload[]): Promise<Payload[]> {
  const opened: Payload[] = [];
  for (const payload of payloads) opened.push(await open(sealing, namespace, payload));
  return opened;
}

async function open(sealing: Sealing, namespace: string, payload: Payload): Promise<Payload> {
  const seal = sealOf(payload);
  if (seal === null) return payload;
  const opened = async (): Promise<Payload> => {
    const key = await sealing.ring().opening(seal.id, seal.wrapped);
    return openPayload(payload, seal.id, key, namespace);
  };
  try {
    return await opened().catch(async (error: unknown) => {
      if (!(error instanceof KeyProblem)) throw error;
      await sealing.renew();
      return opened();
    });
  } catch (error) {
    if (!(error instanceof KeyProblem) || sealing.unopened === 'throws') throw error;
    sealing.seesSealed();
    sealing.unopened(error);
    const data = new TextEncoder().encode(JSON.stringify({ $encrypted: seal.id }));
    return { metadata: { encoding: JSON_ENCODING }, data };
  }
}

/** The same as Temporal's SDK takes it. */
export const codecOf = (sealing: Sealing, namespace: string): PayloadCodec => ({
  encode: (payloads) => sealAll(sealing, namespace, payloads),
  decode: (payloads) => openAll(sealing, namespace, payloads),
});

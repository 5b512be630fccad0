// The keys that a host remembers: those of its own execution, of the one before, and by a look at the input of each, of those
// before that.
//
// light-keys.1. A key that is achieved and fresh is pursued no second time.

import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import {
  type EarlierHost,
  type EndedAsk,
  type IndexedUpdate,
  indexedUpdate,
  type KnownKey,
  keysIn,
  type LightHost,
} from '../../goals/wire/light.ts';
import { activityNames } from '../../goals/wire/names.ts';
import type { Turns } from '../steps/turns.ts';

const { [activityNames.lightPast]: lightPast } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

interface Unknown {
  digests: string[];
  /** How old what is known of them may be, in milliseconds since 1970. */
  since: number;
}

export class LightKeys {
  readonly #known = new Map<string, KnownKey>();
  readonly #updates: IndexedUpdate[] = [];
  readonly #host: string;
  readonly #n: number;
  readonly #execution: string;
  readonly #earlier: EarlierHost | null;
  readonly #freshMs: number;

  constructor({ n, earlier }: LightHost, freshMs: number | null) {
    const { workflowId, runId: execution } = workflowInfo();
    this.#host = workflowId;
    this.#n = n;
    this.#execution = execution;
    this.#earlier = earlier;
    this.#freshMs = freshMs ?? Number.POSITIVE_INFINITY;
    if (earlier !== null) this.#learn(earlier.execution, earlier.updates);
  }

  /** By digest; undefined of what this execution does not know, nor the one before. */
  get(digest: string): KnownKey | undefined {
    const known = this.#known.get(digest);
    // light-keys.1
    return known !== undefined && (known.end === 'o' || this.#isFresh(known.at)) ? known : undefined;
  }

  /** By the digest of its identity. light.2: however long ago that was. */
  request(digest: string): KnownKey | undefined {
    return this.#known.get(digest);
  }

  /** What of these keys and identities is unknown here, and an execution from before may know; null where that is nothing. */
  unknown(keys: readonly string[], identities: readonly string[]): Unknown | null {
    const closed = this.#earlier?.earlier ?? null;
    if (closed === null) return null;
    const requests = identities.filter((digest) => this.request(digest) === undefined);
    const sought = this.#isFresh(closed) ? keys.filter((digest) => this.get(digest) === undefined) : [];
    if (requests.length + sought.length === 0) return null;
    const isAll = requests.length > 0 || !Number.isFinite(this.#freshMs);
    return { digests: [...sought, ...requests], since: isAll ? 0 : Date.now() - this.#freshMs };
  }

  /** Learns what executions before know of them. */
  async recall({ digests, since }: Unknown, turns: Turns): Promise<void> {
    const from = this.#earlier?.execution ?? '';
    const found = await turns.answer(lightPast({ host: this.#host, from, since, digests }));
    digests.forEach((digest, i) => {
      const known = found[i] ?? null;
      if (known !== null && !this.#known.has(digest)) this.#known.set(digest, known);
    });
  }

  /** Remembers an update whose runs have ended. */
  remember(update: string, ended: readonly EndedAsk[]): void {
    const indexed = indexedUpdate(update, Date.now(), ended);
    this.#updates.push(indexed);
    this.#learn(this.#execution, [indexed]);
  }

  /** For the execution that follows. */
  next(): EarlierHost {
    return {
      execution: this.#execution,
      closed: Date.now(),
      updates: this.#updates,
      earlier: this.#earlier?.closed ?? null,
    };
  }

  #learn(host: string, updates: readonly IndexedUpdate[]): void {
    for (const [digest, known] of keysIn({ n: this.#n, host }, updates)) this.#known.set(digest, known);
  }

  #isFresh(at: number): boolean {
    return at + this.#freshMs > Date.now();
  }
}

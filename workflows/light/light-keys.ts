// The keys that a host remembers: those of its own execution, of the one before, and by a look at the input of each, of those
// before that.
//
// light-keys.1. A key that is achieved and fresh is pursued no second time.

import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import {
  type EarlierHost,
  type IndexedRun,
  type IndexedUpdate,
  identityDigest,
  indexedRuns,
  type KnownKey,
  keysIn,
  type LightHost,
} from '../../goals/wire/light.ts';
import { activityNames } from '../../goals/wire/names.ts';

const { [activityNames.lightPast]: lightPast } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

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

  /** Whether an execution from before may know a key that is unknown here. */
  get hasPast(): boolean {
    const closed = this.#earlier?.earlier ?? null;
    return closed !== null && this.#isFresh(closed);
  }

  /** Learns what executions before know of these digests. */
  async recall(digests: readonly string[]): Promise<void> {
    const from = this.#earlier?.execution ?? '';
    const since = Number.isFinite(this.#freshMs) ? Date.now() - this.#freshMs : 0;
    const found = await lightPast({ host: this.#host, from, since, digests });
    digests.forEach((digest, i) => {
      const known = found[i] ?? null;
      if (known !== null && !this.#known.has(digest)) this.#known.set(digest, known);
    });
  }

  /** Remembers an update whose runs have ended. */
  remember(update: string, runs: readonly (IndexedRun & { identity: string | undefined })[]): void {
    const requests = runs.flatMap(({ identity }, i) =>
      identity === undefined ? [] : [[String(i), identityDigest(identity)]],
    );
    const indexed: IndexedUpdate = {
      ...{ update, at: Math.floor(Date.now() / 1000), runs: indexedRuns(runs) },
      ...(requests.length === 0 ? {} : { requests: Object.fromEntries(requests) }),
    };
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

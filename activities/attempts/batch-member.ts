// The worker's carrier for a call that shares an activity with others, or runs inline.

import type { Heartbeat } from '../../goals/wire/ledger.ts';
import type { Beats } from './heartbeats.ts';

/** What a call that travels with others, or inline, has in place of an activity of its own. */
export interface BatchMember {
  /** Path of its step. */
  path: string;
  /** Aborted when its share of the time is over, or the activity that carries it is cancelled. */
  signal: AbortSignal;
  /** When the activity that carries it began, and when this call's share is over: of `performance.now()`. */
  begunAt: number;
  endsAt: number;
  /** So many of its attempts may fail before it goes on alone. */
  failures: number;
  /** Tells the server of what it holds before its next try; whether it took it. */
  taken(held: Heartbeat): Promise<boolean>;
}

/** A call may be told to go on alone by what it is about to do. It is no error. */
export class GoesAlone extends Error {
  override readonly name = 'GoesAlone';
}

/** A member has no heartbeats of its own: the activity that carries it reports what it holds before each further try. */
export class BatchHeartbeats implements Beats {
  checkpoint: unknown;
  readonly #member: BatchMember;
  readonly #held: () => Omit<Heartbeat, 'gk' | 'checkpoint'>;

  constructor(member: BatchMember, held: () => Omit<Heartbeat, 'gk' | 'checkpoint'>) {
    this.#member = member;
    this.#held = held;
  }

  /** What its next attempt must know. */
  get envelope(): Heartbeat {
    const { checkpoint } = this;
    return { gk: 1, ...this.#held(), ...(checkpoint === undefined ? {} : { checkpoint }) };
  }

  taken(): Promise<boolean> {
    return this.#member.taken(this.envelope);
  }

  begin(): void {}
  beat(): void {}
  progress(): void {}
  end(): void {}
}

// Keeps a sink of records filled, a look at a time: reads what has closed, and writes what the sink lacks.
//
// sweep.1. The watermark is Temporal's time, of the last execution that is done with: no clock of ours decides what is missed,
//     and it never passes one that the sink has not taken. The same holds of each host of light runs.
// sweep.2. A look also finds executions that visibility lists late: each look begins OVERLAP_MS before the watermark.
// sweep.3. A record of a run that was deleted meanwhile is forgotten again: what is deleted later is forgotten by the deletion.

import type { temporal as proto } from '@temporalio/proto';
import type { Logger } from 'pino';
import type { LightPosition } from '../../goals/wire/light-position.ts';
import type { SweepState } from '../../goals/wire/record-sweep.ts';
import type { RunRecord } from '../../goals/wire/run-record.ts';
import { CLOSED_RUNS, type ClosedRun, closedRuns } from '../../views/closed-runs.ts';
import { LightFeed, type LightSource } from '../../views/light-feed.ts';
import { lightEvents } from '../../views/light-run.ts';
import { runRecord } from '../../views/run-record.ts';
import type { RecordSink } from './record-sink.ts';

export const OVERLAP_MS = 60_000;
/** Executions that are remembered as done with, and those of them that are handed on to another worker. */
const SEEN = 100_000;
const RECENT = 1_000;
const DAY_MS = 86_400_000;

export type Events = proto.api.history.v1.IHistoryEvent[];

/** An execution of a workflow; the latest, where that is empty. */
type Execution = Pick<ClosedRun, 'id' | 'execution'>;

/** What a sweep must know of Temporal. */
export interface SweepSource extends LightSource {
  /** The history of an execution; null when its retention has ended. */
  events(run: Execution): Promise<Events | null>;
  /** Whether Temporal keeps it no longer. */
  isGone(run: Execution): Promise<boolean>;
}

type Told = Pick<SweepSource, 'events' | 'isGone'>;

export class Sweep {
  /** Replaced, never changed: what was handed out stays as it was. */
  state: SweepState = { watermark: 0, recent: [] };
  readonly #seen = new Set<string>();
  #light: LightFeed | null = null;
  readonly #sink: RecordSink;
  readonly #log: Logger;

  constructor(sink: RecordSink, log: Logger) {
    this.#sink = sink;
    this.#log = log;
  }

  /** Goes on where another has come to; from the beginning, when somebody made the keeper begin again. */
  goOn(state: SweepState): void {
    if (state.recent.length === 0) this.#seen.clear();
    this.#light = null;
    this.state = state;
    for (const execution of state.recent) this.#done(execution);
  }

  /** One look. It ends early when `isOver` says so, and throws when the sink or Temporal does not do its part. */
  async look(source: SweepSource, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    // Before the watermark moves, as each kind of run has its own.
    const { watermark } = this.state;
    this.state = { light: { since: watermark, watermark, hosts: {} }, ...this.state };
    // sweep.2: each look begins before the watermark.
    const from = Math.max(0, this.state.watermark - OVERLAP_MS);
    // Nothing closes in the future; by how much our clock is wrong does not matter.
    for await (const run of closedRuns(source.list, CLOSED_RUNS, from, Date.now() + DAY_MS)) {
      if (isOver()) return;
      if (this.#seen.has(run.execution)) continue;
      if (!(await this.#sink.has(run))) await this.#keep(source, run, signal);
      this.#done(run.execution);
      this.state = {
        ...this.state,
        // sweep.1: it moves only after the sink took the run, to the time that Temporal gives.
        watermark: Math.max(this.state.watermark, run.closedAt),
        recent: [...this.state.recent, run.execution].slice(-RECENT),
      };
    }
    await this.#lookAtLight(source, isOver, signal);
  }

  async #lookAtLight(source: SweepSource, isOver: () => boolean, signal: AbortSignal): Promise<void> {
    this.#light ??= new LightFeed(this.state.light as LightPosition, () => performance.now());
    for await (const run of this.#light.look(source, () => true)) {
      if (isOver()) return;
      // sweep.1: what was told before this run is done with, and its own update only with the last of it.
      this.state = { ...this.state, light: this.#light.position };
      if (this.#seen.has(run.execution)) continue;
      // No goal with personal data is light, so that none is deleted.
      const told = { events: async () => lightEvents(run.facts), isGone: async () => false };
      if (!(await this.#sink.has(run))) await this.#keep(told, run, signal);
      this.#done(run.execution);
    }
    this.state = { ...this.state, light: this.#light.position };
  }

  #done(execution: string): void {
    this.#seen.add(execution);
    if (this.#seen.size > SEEN) this.#seen.delete(this.#seen.values().next().value as string);
  }

  async #keep(source: Told, run: ClosedRun, signal: AbortSignal): Promise<void> {
    const { id, execution } = run;
    const events = await source.events(run);
    if (events === null) {
      this.#log.warn({ run: id, execution }, 'the retention of this run ended before it was recorded');
      return;
    }
    let record: RunRecord;
    try {
      record = runRecord({ id, execution, events, pendingActivities: [], now: 0 });
    } catch (error) {
      // One history that cannot be told must not keep back all others.
      this.#log.error({ err: error, run: id, execution }, 'this run cannot be told: its record is left out');
      return;
    }
    if ((await this.#sink.write(run, record, signal)) === 'refused')
      this.#log.error({ run: id, execution, sink: this.#sink.kind }, 'the sink refuses this record for good');
    // sweep.3
    else if (await source.isGone(run)) await this.#forget(run, record, signal);
  }

  async #forget(
    { id, execution, goal }: ClosedRun,
    { intention: { team } }: RunRecord,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#sink.forget({ run: id, goal, team, message: `${execution}.deleted` }, signal);
  }
}

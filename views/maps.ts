// How the maps of a run stand: counted from what the history tells of their items.

import type { temporal } from '@temporalio/proto';
import {
  itemOf,
  LOST_ITEMS_SHOWN,
  type MapNote,
  type MapProgress,
  type ShardTold,
  shardToldSchema,
} from '../goals/wire/map.ts';
import { MAP_SHARD, signalNames } from '../goals/wire/names.ts';
import { firstValue } from './payload.ts';
import type { StepBook } from './step-book.ts';
import { close, isOpen, learn, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

type Counts = Pick<MapProgress, 'done' | 'retrying' | 'lost' | 'lostItems'> & {
  /** Of those that are done, how many an execution before had done. */
  kept: number;
  lastAt: string;
};

/** The progress of each map, by its path; closes those that have ended. */
export class MapReader {
  readonly #book: StepBook;
  readonly #totals = new Map<string, number>();
  readonly #ends = new Map<string, { at: string; end: NonNullable<MapNote['end']> }>();

  readonly #kept = new Map<string, number>();
  readonly #shards = new Map<string, Map<number, ShardTold>>();
  readonly #toldAt = new Map<string, string>();
  /** Items that their shards count. */
  readonly #sharded = new Set<string>();

  constructor(book: StepBook) {
    this.#book = book;
  }

  /** How many items the map has that this is the path of an item of. */
  total(path: string, items: number | undefined): void {
    const map = itemOf(path)?.map;
    if (map !== undefined && items !== undefined) this.#totals.set(map, items);
  }

  /** Reads an event of a shard, or a signal of one; false when it is of none. */
  read(event: Event, time: string): boolean {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated) return initiated.workflowType?.name === MAP_SHARD;
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (signaled?.signalName !== signalNames.mapTold) return false;
    const told = shardToldSchema.safeParse(firstValue(signaled.input)).data;
    if (told === undefined) return true;
    this.#book.map(told.step, told.job, time);
    const shards = this.#shards.get(told.step) ?? new Map<number, ShardTold>();
    // Temporal promises no order of two signals: one that was overtaken tells nothing new.
    const before = shards.get(told.shard);
    if (before !== undefined && told.done + told.lost < before.done + before.lost) return true;
    this.#shards.set(told.step, shards.set(told.shard, told));
    this.#toldAt.set(told.step, time);
    for (const { path, state, ledger } of told.troubled) {
      const item = this.#book.get(path) ?? newStep(path, 'job', told.job, time);
      this.#book.set(path, item);
      this.#sharded.add(path);
      learn(item, ledger);
      item.attempts = item.ledger.total + (state === 'failed' ? 0 : 1);
      if (state === 'running') item.state = state;
      else close(item, state, time);
    }
    return true;
  }

  noted({ step, job, total, kept, end }: MapNote, at: string): void {
    if (kept !== undefined) this.#kept.set(step, kept);
    this.#book.map(step, job, at);
    this.#totals.set(step, total);
    if (end !== undefined) this.#ends.set(step, { at, end });
  }

  /** Closes the steps whose items have all ended. */
  close(): void {
    const counts = this.#counted();
    for (const step of this.#book.steps.values()) {
      if (step.kind !== 'map') continue;
      const told = this.#ends.get(step.path);
      const { done = 0, lost = 0, lastAt = step.startedAt } = counts.get(step.path) ?? {};
      if (told !== undefined) close(step, told.end.tolerated ? 'succeeded' : 'failed', told.at);
      else if (lost === 0 && done === this.#totals.get(step.path)) close(step, 'succeeded', lastAt);
    }
  }

  /** As of now; of a map that has ended, at its end. */
  progress(now: number): Map<string, MapProgress> {
    const counts = this.#counted();
    const told = new Map<string, MapProgress>();
    for (const step of this.#book.steps.values())
      if (step.kind === 'map') told.set(step.path, this.#progressOf(step, counts.get(step.path), now));
    return told;
  }

  #progressOf(step: StepState, counts: Counts | undefined, now: number): MapProgress {
    const { done, kept, retrying, lost, lostItems } = counts ?? noCounts(step.startedAt);
    const total = this.#totals.get(step.path) ?? null;
    const end = this.#ends.get(step.path)?.end;
    const until = step.closedAt === null ? now : Date.parse(step.closedAt);
    const seconds = Math.max(1, until - Date.parse(step.startedAt)) / 1000;
    const rate = done === kept ? null : (done - kept) / seconds;
    const left = (total ?? 0) - done - lost;
    return {
      ...{ total, done, retrying, rate },
      lost: Math.max(lost, end?.lost ?? 0),
      estimatedEnd:
        isOpen(step) && rate !== null && total !== null
          ? new Date(until + (left / rate) * 1000).toISOString()
          : null,
      lostItems: end?.items ?? lostItems,
    };
  }

  #counted(): Map<string, Counts> {
    const counts = new Map<string, Counts>();
    for (const [map, kept] of this.#kept) {
      const lastAt = this.#book.get(map)?.startedAt ?? '';
      counts.set(map, { ...noCounts(lastAt), done: kept, kept });
    }
    for (const [map, shards] of this.#shards) {
      const of = counts.get(map) ?? noCounts('');
      counts.set(map, of);
      for (const { done, retrying, lost } of shards.values()) {
        of.done += done;
        of.retrying += retrying;
        of.lost += lost;
      }
      of.lastAt = this.#toldAt.get(map) ?? of.lastAt;
    }
    for (const step of this.#book.items.values()) {
      if (this.#sharded.has(step.path)) continue;
      const map = itemOf(step.path)?.map ?? '';
      const of = counts.get(map) ?? noCounts(step.startedAt);
      counts.set(map, of);
      if (step.closedAt !== null && step.closedAt > of.lastAt) of.lastAt = step.closedAt;
      if (step.kept !== null) of.kept++;
      if (step.state === 'succeeded') of.done++;
      else if (step.state === 'failed') {
        of.lost++;
        const last = step.plain ?? step.ledger.last.at(-1) ?? step.ledger.first.at(-1);
        if (of.lostItems.length < LOST_ITEMS_SHOWN)
          of.lostItems.push({ path: step.path, code: last?.code ?? '', message: last?.message ?? '' });
      } else if (isOpen(step) && step.ledger.total > 0) of.retrying++;
    }
    return counts;
  }
}

const noCounts = (lastAt: string): Counts => ({
  ...{ done: 0, kept: 0, retrying: 0, lost: 0 },
  lostItems: [],
  lastAt,
});

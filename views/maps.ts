// How the maps of a run stand: counted from what the history tells of their items.

import type { temporal } from '@temporalio/proto';
import {
  type ItemsPart,
  itemOf,
  LOST_ITEMS_SHOWN,
  type MapNote,
  type MapProgress,
  type ShardReport,
  shardReportSchema,
} from '../goals/wire/map.ts';
import { signalNames } from '../goals/wire/names.ts';
import { type BegunShard, type ItemState, mapParts, shardBegun } from './map-parts.ts';
import { firstValue } from './payload.ts';
import type { StepBook } from './step-book.ts';
import { close, isOpen, learn, newStep, type StepState } from './step-state.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

type Counts = Pick<MapProgress, 'done' | 'retrying' | 'lost' | 'lostItems'> & {
  /** Of those that are done, how many an execution before had done. */
  kept: number;
  lastAt: string;
};

type LostItem = MapProgress['lostItems'][number];

/** A map as far as its items are told apart. */
export interface MapInParts {
  kept: number;
  parts: ItemsPart[];
  /** Those that are named, from the first item on. */
  lost: LostItem[];
}

/** The progress of each map, by its path; closes those that have ended. */
export class MapReader {
  readonly #book: StepBook;
  readonly #totals = new Map<string, number>();
  readonly #ends = new Map<string, { at: string; end: NonNullable<MapNote['end']> }>();

  readonly #kept = new Map<string, number>();
  readonly #shards = new Map<string, Map<number, ShardReport>>();
  readonly #toldAt = new Map<string, string>();
  readonly #begun = new Map<string, Map<number, BegunShard>>();
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
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) {
      const begun = shardBegun(event);
      if (begun === null) return false;
      const shards = this.#begun.get(begun.map) ?? new Map<number, BegunShard>();
      this.#begun.set(begun.map, shards.set(begun.n, begun));
      return true;
    }
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (signaled?.signalName !== signalNames.mapTold) return false;
    const told = shardReportSchema.safeParse(firstValue(signaled.input)).data;
    if (told === undefined) return true;
    this.#book.map(told.step, told.job, time);
    const shards = this.#shards.get(told.step) ?? new Map<number, ShardReport>();
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
      item.step.attempts = item.ledger.total + (state === 'failed' ? 0 : 1);
      if (state === 'running') item.step.state = state;
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
    for (const known of this.#book.steps.values()) {
      const { step } = known;
      if (step.kind !== 'map') continue;
      const told = this.#ends.get(step.path);
      const { done = 0, lost = 0, lastAt = step.startedAt } = counts.get(step.path) ?? {};
      if (told !== undefined) close(known, told.end.tolerated ? 'succeeded' : 'failed', told.at);
      else if (lost === 0 && done === this.#totals.get(step.path)) close(known, 'succeeded', lastAt);
    }
  }

  /** As of now; of a map that has ended, at its end. */
  progress(now: number): Map<string, MapProgress> {
    const counts = this.#counted();
    const told = new Map<string, MapProgress>();
    for (const known of this.#book.steps.values()) {
      const { kind, path } = known.step;
      if (kind === 'map') told.set(path, this.#progressOf(known, counts.get(path), now));
    }
    return told;
  }

  /** The parts of each map, and those of its lost items that are named, by its path. */
  parts(): Map<string, MapInParts> {
    const maps = new Map<string, MapInParts>();
    const items = this.#itemsByMap();
    for (const { step } of this.#book.steps.values()) {
      if (step.kind !== 'map') continue;
      const { own, lost } = items.get(step.path) ?? { own: [], lost: [] };
      const reports = this.#shards.get(step.path);
      const shards = [...(this.#begun.get(step.path)?.values() ?? [])];
      maps.set(step.path, {
        kept: this.#kept.get(step.path) ?? 0,
        parts: mapParts(
          this.#totals.get(step.path) ?? null,
          own,
          shards.map((one) => ({ ...one, report: reports?.get(one.n) })),
        ),
        lost: this.#namedLost(step.path, lost),
      });
    }
    return maps;
  }

  /** The first ones the map's end tells in full, as of a needed run that was not achieved no attempt does. */
  #namedLost(map: string, lost: readonly LostItem[]): LostItem[] {
    const named = new Map(lost.map((item) => [item.path, item]));
    for (const item of this.#ends.get(map)?.end.items ?? [])
      named.set(item.path, { ...named.get(item.path), ...item });
    return [...named.values()].sort((a, b) => (itemOf(a.path)?.n ?? 0) - (itemOf(b.path)?.n ?? 0));
  }

  /** Each item that the history has: how it stands where the run does it itself, and its last error where it was lost. */
  #itemsByMap(): Map<string, { own: ItemState[]; lost: LostItem[] }> {
    const maps = new Map<string, { own: ItemState[]; lost: LostItem[] }>();
    for (const known of this.#book.items.values()) {
      const { path, state, run } = known.step;
      const { map, n } = itemOf(path) ?? { map: '', n: 0 };
      const of = maps.get(map) ?? { own: [], lost: [] };
      maps.set(map, of);
      if (isLost(known)) of.lost.push({ ...lostItem(known), ...(run !== null && { run }) });
      if (this.#sharded.has(path)) continue;
      const open = isOpen(known) && known.ledger.total > 0 ? 'retrying' : 'open';
      of.own.push({ n, state: state === 'succeeded' ? 'done' : isLost(known) ? 'lost' : open });
    }
    return maps;
  }

  #progressOf(known: StepState, counts: Counts | undefined, now: number): MapProgress {
    const { step } = known;
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
        isOpen(known) && rate !== null && total !== null
          ? new Date(until + (left / rate) * 1000).toISOString()
          : null,
      lostItems: (end?.items ?? lostItems).map((item) => {
        const run = this.#book.items.get(item.path)?.step.run ?? null;
        return run === null ? item : { ...item, run };
      }),
    };
  }

  #counted(): Map<string, Counts> {
    const counts = new Map<string, Counts>();
    for (const [map, kept] of this.#kept) {
      const lastAt = this.#book.get(map)?.step.startedAt ?? '';
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
    for (const known of this.#book.items.values()) {
      const { step, ledger } = known;
      if (this.#sharded.has(step.path)) continue;
      const map = itemOf(step.path)?.map ?? '';
      const of = counts.get(map) ?? noCounts(step.startedAt);
      counts.set(map, of);
      if (step.closedAt !== null && step.closedAt > of.lastAt) of.lastAt = step.closedAt;
      if (step.kept !== null) of.kept++;
      if (step.state === 'succeeded') of.done++;
      else if (isLost(known)) {
        of.lost++;
        if (of.lostItems.length < LOST_ITEMS_SHOWN) of.lostItems.push(lostItem(known));
      } else if (isOpen(known) && ledger.total > 0) of.retrying++;
    }
    return counts;
  }
}

const noCounts = (lastAt: string): Counts => ({
  ...{ done: 0, kept: 0, retrying: 0, lost: 0 },
  lostItems: [],
  lastAt,
});

/** A needed run that was cancelled is not achieved either. */
const isLost = ({ step: { kind, state } }: StepState): boolean =>
  state === 'failed' || (kind === 'goal' && state === 'cancelled');

function lostItem({ step: { path }, plain, ledger }: StepState): LostItem {
  const last = plain ?? ledger.last.at(-1) ?? ledger.first.at(-1);
  return { path, code: last?.code ?? '', message: last?.message ?? '' };
}

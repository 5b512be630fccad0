// The items of a map in parts, from the first to the last: equal ones of what the run does itself, and each shard as one. A part
// is as fine as what the history tells of it.

import type { temporal } from '@temporalio/proto';
import {
  type ItemsPart,
  numberOfItems,
  type Ranges,
  rangesSchema,
  type ShardReport,
} from '../goals/wire/map.ts';
import { MAP_SHARD } from '../goals/wire/names.ts';

/** More of them are joined with their neighbours. */
export const MOST_PARTS = 200;

/** How far the terms of a shard are read: its items' inputs come after that, and may be megabytes. */
const READ_BYTES = 64 * 1024;

/** Node, browsers and Temporal's sandbox have it; the types of views/ are none of theirs. */
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };
const text = new TextDecoder();

export interface BegunShard {
  /** Path of its map. */
  map: string;
  n: number;
  /** Null where the history does not tell, such as where its terms lie in storage. */
  items: Ranges | null;
}

/** The shard that an event begins; null of any other. */
export function shardBegun(event: temporal.api.history.v1.IHistoryEvent): BegunShard | null {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated?.workflowType?.name !== MAP_SHARD) return null;
  const [, map = '', n = ''] = /:(\d+)\.(\d+)$/.exec(initiated.workflowId ?? '') ?? [];
  const data = initiated.input?.payloads?.[0]?.data;
  const terms = data ? text.decode(data.subarray(0, READ_BYTES)) : '';
  const [, items] = /"items":(\[\[[\d,[\]]*\]\]),"inputs":/.exec(terms) ?? [];
  const ranges = items === undefined ? null : (rangesSchema.safeParse(JSON.parse(items)).data ?? null);
  return { map: `map#${map}`, n: Number(n), items: ranges };
}

/** How an item of the run's own stands; `open` is one that has begun, and has no error. */
export interface ItemState {
  n: number;
  state: 'done' | 'lost' | 'retrying' | 'open';
}

export interface ShardState extends BegunShard {
  report: ShardReport | undefined;
}

export function mapParts(
  total: number | null,
  own: readonly ItemState[],
  shards: readonly ShardState[],
): ItemsPart[] {
  const parts = [...ownParts(total, own, shards.length > 0), ...shards.map((one) => shardPart(one, shards))];
  parts.sort((a, b) => (a.from ?? Number.POSITIVE_INFINITY) - (b.from ?? Number.POSITIVE_INFINITY));
  const size = Math.ceil(parts.length / MOST_PARTS);
  if (size <= 1) return parts;
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
    parts.slice(i * size, (i + 1) * size).reduce(joined),
  );
}

/** `isSharded`: the others are items of shards, which tell of them. */
function ownParts(total: number | null, own: readonly ItemState[], isSharded: boolean): ItemsPart[] {
  const last = isSharded || total === null ? own.reduce((most, { n }) => Math.max(most, n), 0) : total;
  const size = Math.max(1, Math.ceil(last / MOST_PARTS));
  const parts = Array.from({ length: Math.ceil(last / size) }, (_, i): ItemsPart => {
    const [from, to] = [i * size + 1, Math.min(last, (i + 1) * size)];
    return { from, to, items: isSharded ? 0 : to - from + 1, done: 0, retrying: 0, lost: 0 };
  });
  for (const { n, state } of own) {
    const part = parts[Math.floor((n - 1) / size)];
    if (part === undefined) continue;
    if (isSharded) part.items = (part.items ?? 0) + 1;
    if (state !== 'open') part[state]++;
  }
  return parts.filter(({ items }) => items !== 0);
}

function shardPart({ n, items, report }: ShardState, all: readonly ShardState[]): ItemsPart {
  const { done = 0, retrying = 0, lost = 0 } = report ?? {};
  const [from, to] = [items?.[0]?.[0] ?? null, items?.at(-1)?.[1] ?? null];
  const inside = ([first = 0]: readonly number[] = []): boolean =>
    from !== null && to !== null && first >= from && first <= to;
  // One that held as many outputs as it may has left its rest to another.
  const isPart = all.some((other) => other.n > n && inside(other.items?.[0]));
  return {
    ...{ from, to, done, retrying, lost },
    items: isPart ? done + lost : items === null ? null : numberOfItems(items),
  };
}

const joined = (a: ItemsPart, b: ItemsPart): ItemsPart => ({
  from: a.from,
  to: b.to ?? a.to,
  items: a.items === null || b.items === null ? null : a.items + b.items,
  done: a.done + b.done,
  retrying: a.retrying + b.retrying,
  lost: a.lost + b.lost,
});

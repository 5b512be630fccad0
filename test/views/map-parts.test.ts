import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { describe, expect, test } from 'vitest';
import type { ShardReport } from '../../goals/wire/map.ts';
import { MAP_SHARD, mapShardId } from '../../goals/wire/names.ts';
import { MOST_PARTS, mapParts, shardBegun } from '../../views/map-parts.ts';
import { runView } from '../../views/run-view.ts';

const SHARD = 10_000;
const MILLION = 100 * SHARD;
const bytes = (text: string) => new TextEncoder().encode(text);

/** As a run begins it, with inputs of megabytes after its items. */
function begun(n: number, items: unknown, job = 'load'): temporal.api.history.v1.IHistoryEvent {
  const terms = `{"run":"a:1","goal":"a","job":"${job}","step":"map#2","deadline":null,"total":${MILLION},"items":${JSON.stringify(items)},"inputs":["${'x'.repeat(100_000)}`;
  return {
    startChildWorkflowExecutionInitiatedEventAttributes: {
      ...{ workflowType: { name: MAP_SHARD }, workflowId: mapShardId('a:1', 'map#2', n) },
      input: { payloads: [{ metadata: { encoding: bytes('json/plain') }, data: bytes(terms) }] },
    },
  };
}

const report = (done: number, lost = 0, retrying = 0): ShardReport => ({
  ...{ step: 'map#2', job: 'load', shard: 0, done, retrying, lost, troubled: [] },
});

const shardOf = (n: number, items: [number, number][] | null, told?: ShardReport) => ({
  ...{ map: 'map#2', n, items, report: told },
});

test('a shard is known by its items, of which the inputs are not read', () => {
  expect(
    shardBegun(
      begun(3, [
        [1, 10],
        [12, 20],
      ]),
    ),
  ).toEqual({
    map: 'map#2',
    n: 3,
    items: [
      [1, 10],
      [12, 20],
    ],
  });
  expect(shardBegun(begun(3, 'elsewhere'))).toEqual({ map: 'map#2', n: 3, items: null });
  expect(shardBegun({ activityTaskScheduledEventAttributes: {} })).toBeNull();
});

describe('the parts of a map', () => {
  test('of a million items are its shards, each with how it stands', () => {
    const shards = Array.from({ length: 100 }, (_, i) =>
      shardOf(i, [[i * SHARD + 1, (i + 1) * SHARD]], i < 60 ? report(SHARD - i, i, 1) : undefined),
    );
    const parts = mapParts(MILLION, [], shards.toReversed());
    expect(parts).toHaveLength(100);
    expect(parts[59]).toEqual({
      from: 590_001,
      to: 600_000,
      items: SHARD,
      done: 9_941,
      lost: 59,
      retrying: 1,
    });
    expect(parts[60]).toMatchObject({ from: 600_001, items: SHARD, done: 0 });
  });

  test('are never more than can be drawn, and lose nothing by that', () => {
    const shards = Array.from({ length: 1_999 }, (_, i) =>
      shardOf(i, [[i * 10 + 1, (i + 1) * 10]], report(7, 2, 1)),
    );
    const parts = mapParts(20_000, [], shards);
    expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
    expect(parts.reduce((sum, { done, lost }) => sum + done + lost, 0)).toBe(9 * 1_999);
    const own = Array.from({ length: 5_001 }, (_, i) => ({ n: i + 1, state: 'done' as const }));
    const equal = mapParts(20_000, own, []);
    expect(equal.length).toBeLessThanOrEqual(MOST_PARTS);
    expect([equal[0]?.done, equal.at(-1)?.done, equal.at(-1)?.to]).toEqual([100, 0, 20_000]);
    expect(equal.reduce((sum, { done }) => sum + done, 0)).toBe(5_001);
  });

  test('tell what a shard left to another apart from it, and what the run did itself before', () => {
    const own = [1, 2, 3].map((n) => ({ n, state: 'lost' as const }));
    const whole = shardOf(0, [[4, 10]], report(2, 1));
    const rest = shardOf(1, [[7, 10]], report(1));
    const parts = mapParts(10, own, [whole, rest]);
    expect(parts.reduce((sum, { items }) => sum + (items ?? 0), 0)).toBe(10);
    expect(parts.slice(-2)).toMatchObject([
      { from: 4, items: 3, done: 2, lost: 1 },
      { from: 7, items: 4, done: 1 },
    ]);
    // Its terms lie in storage.
    expect(mapParts(10, [], [shardOf(0, null, report(4))])).toEqual([
      { from: null, to: null, items: null, done: 4, lost: 0, retrying: 0 },
    ]);
  });
});

const histories = new URL('../histories/', import.meta.url);
const NAMES = readdirSync(histories, { recursive: true, encoding: 'utf8' })
  .filter((name) => /(0\.1\.6-map|0\.1\.9-each).*\.view\.json$/.test(name))
  .map((name) => name.replace('.view.json', ''));

test.each(NAMES)('parts and lost items add up to how the map stands: %s', (name) => {
  const read = (kind: string) => JSON.parse(readFileSync(new URL(`${name}.${kind}.json`, histories), 'utf8'));
  const { id, execution } = read('view').run;
  const events = historyFromJSON(read('history')).events ?? [];
  const { run, maps } = runView({ id, execution, events, pendingActivities: [], now: 0 });
  const mapped = run.steps.flatMap(({ path, map }) => (map === undefined ? [] : [{ path, map }]));
  expect(mapped.length).toBe(maps.size);
  for (const { path, map } of mapped) {
    const { kept, parts, lost } = maps.get(path) ?? { kept: 0, parts: [], lost: [] };
    expect(kept + parts.reduce((sum, { done }) => sum + done, 0)).toBe(map.done);
    expect(lost.slice(0, 50)).toEqual(map.lostItems);
    expect(lost.length).toBe(map.lost);
  }
});

// A sweep over a stand-in for Temporal, which tells of what has closed when the test wants it to.

import { readFile } from 'node:fs/promises';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { RecordSink } from '../../../activities/records/record-sink.ts';
import { OVERLAP_MS, Sweep, type SweepSource } from '../../../activities/records/sweep.ts';
import type { ClosedPage } from '../../../views/closed-runs.ts';

const events =
  historyFromJSON(JSON.parse(await readFile('test/histories/0.1.0/achieved-clean.history.json', 'utf8')))
    .events ?? [];
const calm = new AbortController().signal;
const NOW = Date.parse('2026-11-20T12:00:00Z');

function bench() {
  const visible: { n: number; closedAt: number }[] = [];
  const kept: number[] = [];
  const deleted = new Set<string>();
  const forgotten: string[] = [];
  let down = false;
  const source: SweepSource = {
    list: async (query) => {
      const [from, to] = [...query.matchAll(/CloseTime >?<?=? '([^']+)'/g)].map(([, t]) =>
        Date.parse(t as string),
      );
      const rows = visible.filter(
        ({ closedAt }) => closedAt >= (from as number) && closedAt < (to as number),
      );
      const executions = rows.map(({ n, closedAt }) => ({
        execution: { workflowId: `load-day:${n}`, runId: String(n) },
        type: { name: 'load-day' },
        closeTime: { seconds: Math.floor(closedAt / 1000), nanos: (closedAt % 1000) * 1e6 },
      }));
      return { executions, nextPageToken: null } as unknown as ClosedPage;
    },
    // It has no hosts of light runs.
    back: async () => null,
    first: async () => null,
    isGone: async ({ execution }) => deleted.has(execution),
    events: async ({ execution }) => (execution === '404' ? null : execution === '500' ? [] : events),
  };
  const sink: RecordSink = {
    kind: 'webhook',
    open: async () => undefined,
    has: async () => false,
    async write({ execution }) {
      if (down) throw new Error('down');
      if (execution === '413') return 'refused';
      kept.push(Number(execution));
      return 'kept';
    },
    async forget({ run, message }) {
      forgotten.push(`${run} ${message}`);
      return null;
    },
  };
  const sweepOf = () => new Sweep(sink, pino({ level: 'silent' }));
  return {
    visible,
    kept,
    deleted,
    forgotten,
    source,
    sweepOf,
    fall(isDown: boolean) {
      down = isDown;
    },
  };
}

// sweep.2
test('what visibility tells late is kept as well, and nothing is offered twice', async () => {
  const { visible, kept, source, sweepOf } = bench();
  const sweep = sweepOf();
  visible.push({ n: 1, closedAt: NOW - 5_000 }, { n: 3, closedAt: NOW });
  await sweep.look(source, () => false, calm);
  visible.push({ n: 2, closedAt: NOW - OVERLAP_MS + 1 }, { n: 4, closedAt: NOW + 10 });
  for (let i = 0; i < 3; i++) await sweep.look(source, () => false, calm);
  expect(kept).toEqual([1, 3, 2, 4]);
  expect(sweep.state).toMatchObject({ watermark: NOW + 10, recent: ['1', '3', '2', '4'] });
});

// sweep.1
test('the watermark stays before what the sink did not take, and the next worker goes on from there', async () => {
  const { visible, kept, source, sweepOf, fall } = bench();
  const first = sweepOf();
  visible.push({ n: 1, closedAt: NOW });
  await first.look(source, () => false, calm);
  visible.push({ n: 2, closedAt: NOW + 2 * OVERLAP_MS }, { n: 3, closedAt: NOW + 4 * OVERLAP_MS });
  fall(true);
  await expect(first.look(source, () => false, calm)).rejects.toThrow('down');
  expect(first.state).toMatchObject({ watermark: NOW, recent: ['1'] });
  fall(false);
  const second = sweepOf();
  second.goOn(JSON.parse(JSON.stringify(first.state)));
  await second.look(source, () => false, calm);
  expect(kept).toEqual([1, 2, 3]);
  second.goOn({ watermark: 0, recent: [] });
  await second.look(source, () => false, calm);
  expect(kept, 'a keeper that begins again offers all of it again').toEqual([1, 2, 3, 1, 2, 3]);
});

test('a run that is forgotten, cannot be told or is refused keeps back no other', async () => {
  const { visible, kept, source, sweepOf } = bench();
  for (const n of [404, 500, 413, 1]) visible.push({ n, closedAt: NOW + n });
  const sweep = sweepOf();
  await sweep.look(source, () => false, calm);
  expect(kept).toEqual([1]);
  expect(sweep.state.watermark).toBe(NOW + 500);
});

test('a look that is told to end keeps no more, and knows what it has kept', async () => {
  const { visible, kept, source, sweepOf } = bench();
  for (let n = 1; n <= 5; n++) visible.push({ n, closedAt: NOW + n });
  const sweep = sweepOf();
  await sweep.look(source, () => kept.length === 2, calm);
  expect(sweep.state).toMatchObject({ watermark: NOW + 2, recent: ['1', '2'] });
});

test('what is handed on is bounded, however much was kept', async () => {
  const { visible, kept, source, sweepOf } = bench();
  for (let n = 1; n <= 3000; n++) visible.push({ n: 10_000 + n, closedAt: NOW + n });
  const sweep = sweepOf();
  await sweep.look(source, () => false, calm);
  expect(kept).toHaveLength(3000);
  expect(JSON.stringify(sweep.state).length).toBeLessThan(50_000);
});

// sweep.3
test('a record of a run that was deleted while it was written is forgotten again', async () => {
  const { visible, deleted, forgotten, kept, source, sweepOf } = bench();
  visible.push({ n: 1, closedAt: NOW }, { n: 2, closedAt: NOW + 1 });
  deleted.add('1');
  await sweepOf().look(source, () => false, calm);
  expect([kept, forgotten]).toEqual([[1, 2], ['load-day:1 1.deleted']]);
});

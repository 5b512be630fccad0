// What a sink is told of marks, over a stand-in for Temporal that lists what was marked when the test wants it to.

import { defaultPayloadConverter } from '@temporalio/common';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { MarkSweep } from '../../../activities/records/mark-sweep.ts';
import { OVERLAP_MS, type SweepSource } from '../../../activities/records/sweep.ts';
import { countOfMarks, type MarkRecord } from '../../../goals/wire/mark-record.ts';
import { annotationsPrefix, signalNames, taggedPrefix } from '../../../goals/wire/names.ts';
import type { ClosedPage } from '../../../views/closed-runs.ts';

const calm = new AbortController().signal;
const never = () => false;
const NOW = Date.parse('2026-11-20T12:00:00Z');
const EXECUTION = '01a1fc20-9acd-7164-ab36-e22f306ec515';
const who = { by: 'ada' };
const time = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

const signal = (annotation: object) => ({
  eventTime: time(NOW),
  workflowExecutionSignaledEventAttributes: {
    signalName: signalNames.annotate,
    input: { payloads: [defaultPayloadConverter.toPayload(annotation)] },
  },
});
const doubt = (retraction: string) => ({
  ...{ kind: 'doubt', retraction, run: 'control:1', execution: 'e0', ...who },
  path: ['control:1', 'sales:1'],
});

function bench() {
  const listed: { run: string; listing: string; startedAt: number }[] = [];
  const histories = new Map<string, ReturnType<typeof signal>[]>();
  const deleted = new Set<string>();
  const taken: MarkRecord[] = [];
  const forgotten: string[] = [];
  const state = { down: false, pageSize: 100 };
  const source: SweepSource = {
    // It has no hosts of light runs.
    back: async () => null,
    first: async () => null,
    list: async (query, _, token) => {
      const since = Date.parse(/StartTime >= '([^']+)'/.exec(query)?.[1] as string);
      const from = Number(token?.[0] ?? 0);
      const all = listed.filter((one) => one.startedAt >= since).sort((a, b) => b.startedAt - a.startedAt);
      const executions = all.slice(from, from + state.pageSize).map(({ run, listing, startedAt }) => ({
        execution: { workflowId: `${taggedPrefix(run)}${EXECUTION}`, runId: listing },
        startTime: time(startedAt),
      }));
      const next = from + state.pageSize;
      return {
        executions,
        nextPageToken: next < all.length ? new Uint8Array([next]) : null,
      } as unknown as ClosedPage;
    },
    events: async ({ id }) => (histories.get(id) ?? null) as never,
    isGone: async ({ id }) => deleted.has(id),
  };
  const sink = {
    kind: 'directory' as const,
    async mark(marks: MarkRecord) {
      if (state.down) throw new Error('down');
      if (marks.run === 'never:1') return 'refused' as const;
      taken.push(marks);
      return 'kept' as const;
    },
    async forget({ run }: { run: string }) {
      forgotten.push(run);
      return 1;
    },
  };
  const mark = (run: string, listing: string, startedAt: number, ...annotations: object[]): void => {
    listed.push({ run, listing, startedAt });
    const beside = `${annotationsPrefix(run)}${EXECUTION}`;
    histories.set(beside, [...(histories.get(beside) ?? []), ...annotations.map(signal)]);
  };
  const sweepOf = () => new MarkSweep(sink, pino({ level: 'silent' }));
  return { ...{ listed, histories, deleted, taken, forgotten, state, source, mark, sweepOf } };
}

test('each marked execution is told once, and again with all of its marks when it gets one more', async () => {
  const { taken, source, mark, sweepOf, state, histories, listed } = bench();
  state.pageSize = 1;
  const sweep = sweepOf();
  mark('control:1', 'a', NOW, { kind: 'retract', retraction: 'r1', reason: 'wrong', ...who });
  mark('sales:1', 'b', NOW + 1, doubt('r1'), { kind: 'note', text: 'hm', ...who });
  // Of a run that was open the mark is in its own history.
  histories.set('open:1', [signal(doubt('r1'))]);
  listed.push({ run: 'open:1', listing: 'c', startedAt: NOW + 2 });
  for (let i = 0; i < 2; i++) await sweep.look(source, never, calm);
  expect(taken.map(({ run }) => run).sort()).toEqual(['control:1', 'open:1', 'sales:1']);
  expect(taken.find(({ run }) => run === 'control:1')).toMatchObject({
    ...{ version: 1, execution: EXECUTION, goal: 'control' },
    retracted: { at: new Date(NOW).toISOString(), by: 'ada', reason: 'wrong', retraction: 'r1' },
  });
  mark('sales:1', 'd', NOW + 3, doubt('r2'));
  await sweep.look(source, never, calm);
  expect(taken).toHaveLength(4);
  expect(taken[3]?.inDoubt?.map(({ retraction }) => retraction)).toEqual(['r1', 'r2']);
  expect(countOfMarks(taken[3] as MarkRecord)).toBe(2);
});

// mark-sweep.1
test('what the sink did not take is offered by the next worker, also once the run itself is gone', async () => {
  const { taken, source, mark, sweepOf, state } = bench();
  const first = sweepOf();
  mark('control:1', 'a', NOW, { kind: 'retract', retraction: 'r1', reason: 'wrong', ...who });
  await first.look(source, never, calm);
  state.down = true;
  mark('sales:1', 'b', NOW + 3 * OVERLAP_MS, doubt('r1'));
  await expect(first.look(source, never, calm)).rejects.toThrow('down');
  expect(first.state).toEqual({ watermark: NOW, recent: ['a'] });
  state.down = false;
  const second = sweepOf();
  second.goOn(JSON.parse(JSON.stringify(first.state)));
  // One that visibility tells late.
  mark('late:1', 'c', NOW + 2 * OVERLAP_MS + 1, doubt('r1'));
  mark('never:1', 'd', NOW + 2 * OVERLAP_MS + 1, doubt('r1'));
  await second.look(source, never, calm);
  await second.look(source, never, calm);
  expect(taken.map(({ run }) => run)).toEqual(['control:1', 'sales:1', 'late:1']);
  expect(second.state.watermark).toBe(NOW + 3 * OVERLAP_MS);
});

test('a shift that is over in the middle of a look leaves the rest to the next', async () => {
  const { taken, source, mark, sweepOf } = bench();
  for (let n = 0; n < 5; n++) mark(`sales:${n}`, `l${n}`, NOW + n, doubt('r1'));
  const first = sweepOf();
  await first.look(source, () => taken.length === 2, calm);
  expect(first.state.watermark).toBe(0);
  const second = sweepOf();
  second.goOn(first.state);
  await second.look(source, never, calm);
  expect(taken.map(({ run }) => run)).toEqual(['sales:4', 'sales:3', 'sales:2', 'sales:1', 'sales:0']);
});

// mark-sweep.2
test('marks of a run that was deleted while they were written are forgotten again', async () => {
  const { source, mark, sweepOf, deleted, forgotten } = bench();
  mark('sales:1', 'a', NOW, doubt('r1'));
  mark('sales:2', 'b', NOW, doubt('r1'));
  deleted.add(`${taggedPrefix('sales:1')}${EXECUTION}`);
  await sweepOf().look(source, never, calm);
  expect(forgotten).toEqual(['sales:1']);
});

test('the marks of a light run are read beside it alone, as it has no history of its own', async () => {
  const { source, taken, histories, sweepOf } = bench();
  const execution = `${EXECUTION}.0.abcdefgh1234.3`;
  const light: SweepSource = {
    ...source,
    list: async () => ({
      executions: [
        {
          execution: { workflowId: `${taggedPrefix('order:1')}${execution}`, runId: 'a' },
          startTime: time(NOW) as never,
        },
      ],
    }),
    async events(run) {
      // As Temporal answers.
      if (run.execution.includes('.')) throw new Error('Invalid RunId.');
      return source.events(run);
    },
  };
  histories.set(`${annotationsPrefix('order:1')}${execution}`, [signal(doubt('r1'))]);
  await sweepOf().look(light, never, calm);
  expect(taken).toMatchObject([
    { run: 'order:1', execution, goal: 'order', inDoubt: [{ retraction: 'r1' }] },
  ]);
});

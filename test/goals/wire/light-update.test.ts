// What is sent once is read as if each run had it: nothing of a request, a result or a batch is lost by it.

import { describe, expect, test } from 'vitest';
import { type BatchCall, batchCallsSchema, sentCalls } from '../../../goals/wire/batch.ts';
import { emptyLedger } from '../../../goals/wire/ledger.ts';
import {
  type LightAnswer,
  type LightAsk,
  lightRequest,
  lightRequestSchema,
  lightResult,
  lightResultSchema,
} from '../../../goals/wire/light-update.ts';

const AT = '2026-11-30T07:00:00.000Z';
const why = { kind: 'request' as const, at: AT, by: null, reason: null, ref: null };
const ask = (key: string, more: Partial<LightAsk> = {}): LightAsk => ({ key, input: { key }, why, ...more });
/** As Temporal carries it. */
const carried = (value: object): unknown => JSON.parse(JSON.stringify(value));

describe('a request', () => {
  const asks = [
    ask('a'),
    ask('b', { why: { ...why, at: '2026-11-30T07:00:00.250Z' }, identity: 'id', force: true }),
    ask('c', { why: { ...why, at: '2026-11-30T06:59:59.000Z' }, actors: ['ada'] }),
    ask('d', { why: { ...why, kind: 'event', ref: 'event-1' }, original: 'D' }),
    ask('e', { why: { ...why, at: '2026-11-30T08:00:00+01:00' }, ordinary: { startAt: AT } }),
    ask('f', { why: { ...why, by: 'ada', verified: true }, paused: true }),
    ask('g', { why: { ...why, at: 'some time' } }),
  ];

  test('gives each run its own reason, time and all, however little is sent', () => {
    expect(lightRequestSchema.parse(carried(lightRequest(asks))).runs).toEqual(asks);
    const timeless = { why: { ...why, at: '' } };
    expect(lightRequestSchema.parse(lightRequest([ask('a', timeless), ask('b', timeless)])).runs).toEqual([
      ask('a', timeless),
      ask('b', timeless),
    ]);
    expect(lightRequest([ask('a'), ask('b')])).toEqual({
      ...{ gk: 2, why, by: 'key' },
      runs: [{ input: { key: 'a' } }, { input: { key: 'b' } }],
    });
  });

  test.each([
    ['is another', [ask('a'), ask('b', { input: { key: 'B' } })]],
    ['has a digest in it', [ask('sha-1', { input: { a: 1, b: 2 } }), ask('b')]],
    [
      'is a number, a list, or nothing',
      [ask('1', { input: { key: 1 } }), ask('2', { input: [2] }), ask('3', { input: null })],
    ],
    ['stands in the prototype', [ask('a', { input: { constructor: 'a' } }), ask('b', { input: {} })]],
    ['is the index of a list', [ask('a', { input: ['a'] }), ask('b', { input: ['b'] })]],
  ])('keeps the key of a run where what its input says %s', (_, asks) => {
    expect(lightRequestSchema.parse(carried(lightRequest(asks))).runs).toEqual(asks);
  });

  test('is read as it was sent before that', () => {
    expect(lightRequestSchema.parse({ gk: 1, runs: asks }).runs).toEqual(asks);
    expect(lightRequestSchema.safeParse({ gk: 1, runs: [{ key: 'a' }] }).success).toBe(false);
    expect(lightRequestSchema.safeParse({ gk: 2, runs: [] }).success).toBe(false);
    expect(
      lightRequestSchema.safeParse({ gk: 2, why, by: 'key', runs: [{ input: { key: 1 } }] }).success,
    ).toBe(false);
  });
});

describe('a result', () => {
  const HOST = '01a22b48-350c-7f03-9cbf-4c40cd746d73.0.344bd9bc431d';
  const achieved = (place: number, more: object = {}): LightAnswer => ({
    ...{
      end: 'achieved',
      execution: `${HOST}.${place}`,
      begun: 1000 + place,
      closed: 2000,
      output: { n: place },
    },
    criteria: [{ name: 'counted', met: true, message: null }],
    steps: [
      { path: 'load#1', job: 'load', at: 1, ms: 2 },
      { path: 'load#2', job: 'load', at: 3, ms: 4 },
    ],
    ...more,
  });
  const healed = { path: 'load#1', job: 'load', at: 1, ms: 9, ledger: { ...emptyLedger(), total: 2 } };
  const answers = [
    achieved(0),
    achieved(1, { output: undefined, steps: [] }),
    { end: 'same', how: 'joined', execution: `${HOST}.0` } as const,
    achieved(3, { steps: [healed, { path: 'send#1', job: 'send', at: 10, ms: 0 }] }),
    { end: 'ordinary', how: 'started', execution: 'x' } as const,
    achieved(5),
    { end: 'refused', code: 'goal_paused', message: 'it is' } as const,
    // Of another update.
    achieved(0),
  ];

  test('gives each run its execution, criteria and steps, which many share', () => {
    const sent = lightResult(HOST, answers);
    expect(sent.alike).toHaveLength(3);
    expect(lightResultSchema.parse(carried(sent)).answers).toEqual(carried(answers));
    expect(JSON.stringify(lightResult(HOST, [achieved(0)]).answers[0])).toBe(
      '{"like":0,"ms":1000,"output":{"n":0},"took":[1,2,3,4]}',
    );
  });

  test('is read as it was sent before that', () => {
    expect(lightResultSchema.parse({ gk: 1, answers: carried(answers) }).answers).toEqual(carried(answers));
  });
});

describe('the calls of a batch', () => {
  const call = (n: number, more: Partial<BatchCall> = {}): BatchCall => ({
    ...{ n, run: `orders:${n}`, path: 'load#1', input: { n } },
    ...more,
  });
  const read = (calls: BatchCall[]) => batchCallsSchema.parse(carried(sentCalls(calls) as object));

  test('of a host are read with the run and the path of each', () => {
    const calls = [call(7), call(8, { path: 'load#2', deadline: 5 }), call(9, { attempts: 2, timeoutMs: 3 })];
    expect(read(calls)).toEqual(calls);
    expect(sentCalls([call(7), call(8)])).toEqual({
      ...{ gk: 2, from: 7, runs: 'orders:', path: 'load#1' },
      calls: [
        { key: '7', input: { n: 7 } },
        { key: '8', input: { n: 8 } },
      ],
    });
  });

  test.each([
    [
      'of one run',
      [
        { n: 1, input: 1 },
        { n: 2, input: 2 },
      ],
    ],
    ['that do not count on', [call(1), call(3)]],
    ['of runs of two goals', [call(1), call(2, { run: 'bills:2' })]],
    ['of which there are none', []],
  ])('%s are sent as they are', (_, calls) => {
    expect(sentCalls(calls)).toEqual(calls);
    expect(read(calls)).toEqual(calls);
  });
});

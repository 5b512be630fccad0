import { expect, test } from 'vitest';
import { emptyLedger, enter } from '../../../goals/wire/ledger.ts';
import type { ShardReport } from '../../../goals/wire/map.ts';
import { ShardNews } from '../../../workflows/maps/shard-news.ts';

const error = { code: 'down', type: 'Error', message: 'x'.repeat(900), fingerprint: 'f' } as const;
const where = { at: '2026-11-21T08:00:00.000Z', ms: 1, server: 1, local: 1, worker: 'w' };
const failed = (times: number) => {
  let ledger = emptyLedger();
  for (let i = 0; i < times; i++) ledger = enter(ledger, { ...error, class: 'transient', ...where }, true);
  return ledger;
};
const item = (n: number, state: ShardReport['troubled'][number]['state'] = 'running', times = 1) => ({
  ...{ path: `map#1/load#${n}`, state, ledger: failed(times) },
});
const toldOf = (troubled: ShardReport['troubled']): ShardReport => ({
  ...{ step: 'map#1', job: 'load', shard: 0, done: 5, retrying: troubled.length, lost: 0, troubled },
});
const paths = ({ troubled }: ShardReport) => troubled.map(({ path }) => path);
const tell = (news: ShardNews, troubled: ShardReport['troubled']): ShardReport => {
  const told = news.in(toldOf(troubled));
  news.heard(told);
  return told;
};

test('what a run has heard of an item is not told again until there is something new', () => {
  const news = new ShardNews(1_000_000, 0);
  expect(paths(tell(news, [item(1), item(2)]))).toEqual(['map#1/load#1', 'map#1/load#2']);
  expect(tell(news, [item(1), item(2)])).toMatchObject({ done: 5, retrying: 2, troubled: [] });
  expect(paths(tell(news, [item(1), item(2, 'running', 2)]))).toEqual(['map#1/load#2']);
  expect(paths(tell(news, [item(1, 'succeeded'), item(2, 'running', 2)]))).toEqual(['map#1/load#1']);
});

test('what did not reach the run is told again', () => {
  const news = new ShardNews(1_000_000, 0);
  news.in(toldOf([item(1)]));
  expect(paths(news.in(toldOf([item(1)])))).toEqual(['map#1/load#1']);
});

test('however many items fail, so many bytes of errors are told and no more, but how each ended that was told of', () => {
  const news = new ShardNews(20_000, 0);
  const all = Array.from({ length: 500 }, (_, n) => item(n + 1));
  const first = tell(news, all);
  expect(first.troubled.length).toBeGreaterThan(5);
  expect(first.troubled.length).toBeLessThan(20);
  expect(news.bytes).toBeLessThanOrEqual(20_000);
  expect(tell(news, all).troubled.length).toBeLessThan(2);
  const known = new Set(paths(first));
  const ended = tell(
    news,
    all.map((one) => ({ ...one, state: 'succeeded' as const })),
  );
  expect(new Set(paths(ended))).toEqual(known);
  expect(new ShardNews(20_000, 20_000).in(toldOf(all)).troubled).toEqual([]);
});

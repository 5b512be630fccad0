import type { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import type { ShardReport } from '../../goals/wire/map.ts';
import { signalNames } from '../../goals/wire/names.ts';
import { MapReader } from '../../views/maps.ts';
import { StepBook } from '../../views/step-book.ts';

const signal = (told: Partial<ShardReport>): temporal.api.history.v1.IHistoryEvent => {
  const whole: ShardReport = {
    ...{ step: 'map#1', job: 'load', shard: 0, done: 0, retrying: 0, lost: 0, troubled: [] },
    ...told,
  };
  const data = new TextEncoder().encode(JSON.stringify(whole));
  const metadata = { encoding: new TextEncoder().encode('json/plain') };
  return {
    workflowExecutionSignaledEventAttributes: {
      signalName: signalNames.mapTold,
      input: { payloads: [{ metadata, data }] },
    },
  };
};

test('what a shard told last counts, also when what it told before comes after it', () => {
  const reader = new MapReader(new StepBook());
  for (const told of [
    { done: 100 },
    { shard: 1, done: 50 },
    { done: 999, lost: 1 },
    { done: 700, retrying: 3 },
  ])
    expect(reader.read(signal(told), '2026-01-01T00:00:00.000Z')).toBe(true);
  expect(reader.progress(Date.now()).get('map#1')).toMatchObject({ done: 1049, lost: 1, retrying: 0 });
});

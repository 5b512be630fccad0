// What jobs and `pursue` show with their run, on a real server: however the attempt travelled, and whatever it ended with.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunArtifact } from '../../../goals/wire/artifacts.ts';
import { recordOf } from '../../../views/run-record.ts';
import type { RunStory } from '../../../views/run-view.ts';
import { fresh, Workbench } from '../workbench.ts';
import { shown } from './goals.ts';
import { jobs } from './jobs.ts';

const GOALS = fileURLToPath(new URL('./goals.ts', import.meta.url));

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(GOALS, [shown], jobs);
});
afterAll(() => bench?.close());

const placed = (story: RunStory) =>
  (story.artifacts?.items ?? []).map(({ step, attempt, name }: RunArtifact) =>
    step === null ? `pursue: ${name}` : `${step.replace('artifacts-', '')}@${attempt}: ${name}`,
  );

test('what attempts show is with the run, failed attempts and inline calls included, and in its record', async () => {
  const story = await bench.pursue(shown, { key: fresh('k') });
  expect(story.run).toMatchObject({ outcome: 'achieved', errors: { recovered: 3 } });
  expect(placed(story).sort()).toEqual(
    [
      ...['report#1@1: counts', 'report#1@2: counts', 'report#1@2: there'],
      ...['program#1@1: python rows', 'program#1@2: python rows'],
      ...['quick#1@1: quick', 'quick#2@1: quick', 'inline#1@1: inline', 'inline#1@2: inline'],
      ...['pursue: begins', 'pursue: ends'],
      ...placed(story).filter((one) => one.endsWith(': item')),
    ].sort(),
  );
  expect(placed(story).filter((one) => one.endsWith('@1: item'))).toHaveLength(2);
  expect(story.run.artifacts).toEqual({ kept: 13, dropped: 2 });
  const found = (name: string) => story.artifacts?.items.find((one) => one.name === name);
  expect(found('python rows')).toMatchObject({
    columns: ['region', 'rows'],
    rows: [
      ['eu', 12],
      ['us', 3.5],
    ],
  });
  expect(found('counts')).toMatchObject({ rows: [[1, 1, expect.stringContaining('<redacted>')]] });
  expect(found('begins')).toMatchObject({ text: 'password: <redacted>' });
  expect(recordOf(story).artifacts).toEqual(story.artifacts);
});

// pursue-artifacts.1
test('what pursue shows beyond the bound costs the history nothing, and is counted', async () => {
  const handle = await bench.start(shown, { key: fresh('k'), many: 150 });
  const story = await bench.closed(handle);
  expect(story.run).toMatchObject({ outcome: 'achieved' });
  const { items = [], dropped = 0 } = story.artifacts ?? {};
  expect(items).toHaveLength(100);
  // All that was made, two images that were too large among it.
  expect(items.length + dropped).toBe(13 + 150 + 2);
  const { events } = await handle.fetchHistory();
  const notes = (events ?? []).filter(({ markerRecordedEventAttributes: marker }) =>
    Buffer.from(marker?.details?.data?.payloads?.[0]?.data ?? '').includes('gk-note'),
  );
  expect(notes.length).toBeLessThan(6);
});

// A job that a goalkeeper worker of another team has bound: asked for by its queue, as any other worker's would be.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind, type JobContext } from '../../../activities/bind.ts';
import { permanent, retryAfter } from '../../../goals/index.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { ours, walked } from './goals.ts';

const goalsModule = fileURLToPath(new URL('./goals.ts', import.meta.url));
const told: { key: string; attempt: number; step: string; deadline: Date | null }[] = [];
let wasToldToStop = false;
let bench: Workbench;

async function act(
  { script }: { script: string[] },
  { attempt, idempotencyKey: key, step, deadline, signal }: JobContext,
): Promise<{ output: string }> {
  told.push({ key, attempt, step, deadline });
  switch (script[attempt - 1]) {
    case 'later':
      throw retryAfter(700, 'too busy', { code: 'busy' });
    case 'much-later':
      throw retryAfter('99999999999', 'too busy', { code: 'busy' });
    case 'permanent':
      throw permanent('no such row', { code: 'not_found', details: { row: 7 } });
    case 'hang':
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      wasToldToStop = true;
      throw new Error('told to stop');
    case 'bad-output':
      return { output: 7 } as never;
    default:
      return { output: 'bare' };
  }
}

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(goalsModule, goals, []);
  await bench.worker(goalsModule, goals, [bind(ours, act)], 'test-typescript');
});
afterAll(() => bench?.close());

const pursued = (...script: string[]) =>
  bench.pursue(walked, { key: fresh('k'), steps: [{ job: ours.name, script }] });

// workflow-attempts.3
test('each attempt is one activity, the step and its key are the same, and the output is bare', async () => {
  told.length = 0;
  const { run, errors } = await pursued('later', 'hang', 'ok');
  expect(run).toMatchObject({
    outcome: 'achieved',
    output: { outputs: [{ output: 'bare' }] },
    steps: [{ path: 'ts-ours#1', attempts: 3, errors: { recovered: 2 } }],
  });
  expect(errors).toMatchObject([
    { code: 'busy', type: 'RetryAfterError', message: 'too busy' },
    { code: 'timeout', type: 'TimeoutError', class: 'transient' },
  ]);
  expect(wasToldToStop).toBe(true);
  expect(told).toMatchObject([1, 2, 3].map((attempt) => ({ attempt, step: 'ts-ours#1', deadline: null })));
  expect(new Set(told.map(({ key }) => key)).size).toBe(1);
  const { events = [] } = await bench.client.workflow.getHandle(run.id).fetchHistory();
  const ids = events?.flatMap(({ activityTaskScheduledEventAttributes: it }) => it?.activityId ?? []);
  expect(ids).toEqual(['ts-ours#1', 'ts-ours#1~2', 'ts-ours#1~3']);
  const waits = events?.flatMap(({ timerStartedEventAttributes: it }) => it?.startToFireTimeout?.nanos ?? []);
  expect(waits).toContain(700_000_000);
});

test.each([
  ['permanent', { code: 'not_found', type: 'PermanentError', class: 'permanent', details: { row: 7 } }],
  ['bad-output', { code: 'output_invalid', class: 'data' }],
  ['much-later', { code: 'busy', message: 'too busy' }],
])('an error that no retry heals (%s) is the last one', async (what, error) => {
  const { run, errors, gaveUp } = await pursued(what);
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'job', code: error.code } });
  expect(errors).toMatchObject([{ ...error, disposition: 'fatal' }]);
  expect(gaveUp.get('ts-ours#1')).toBe('permanent');
});

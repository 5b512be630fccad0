import { describe, expect, test } from 'vitest';
import { attemptId, attemptOf } from '../../../goals/wire/attempt-id.ts';
import { type WorkflowAttemptEnd, workflowAttemptError } from '../../../goals/wire/workflow-attempt-error.ts';

const failure = (given: Partial<Extract<WorkflowAttemptEnd, { kind: 'failure' }>> = {}) =>
  workflowAttemptError({
    kind: 'failure',
    type: 'ValueError',
    message: 'wrong value',
    stack: '',
    causes: [],
    details: undefined,
    nonRetryable: false,
    retryDelayMs: null,
    ...given,
  });
const envelope = (error: object) => ({ goalkeeper: 1, error: { code: 'c', message: 'm', ...error } });

test('the ID of an attempt tells its step and its number', () => {
  for (const n of [1, 2, 17])
    expect(attemptOf(attemptId('load-day#3', n))).toEqual({ path: 'load-day#3', n });
  expect(attemptId('load-day#3', 1)).toBe('load-day#3');
});

describe('a failure of another worker', () => {
  test('without the envelope keeps its type and message, and may heal', () => {
    expect(failure()).toMatchObject({
      ...{ type: 'ValueError', message: 'wrong value', code: 'unclassified', class: 'transient' },
      ...{ permanent: false, retryAfterMs: null },
    });
    expect(failure({ nonRetryable: true })).toMatchObject({ class: 'permanent', permanent: true });
    expect(failure({ retryDelayMs: 300 }).retryAfterMs).toBe(300);
    expect(failure({ type: '', message: '' })).toMatchObject({ type: 'Error', message: 'Error' });
  });

  test('with the envelope is what that says', () => {
    const details = envelope({ class: 'infrastructure', type: 'T', retryAfter: 1.5, details: [1] });
    expect(failure({ details, retryDelayMs: 9 })).toMatchObject({
      ...{ type: 'T', message: 'm', code: 'c', class: 'infrastructure', details: [1] },
      ...{ permanent: false, retryAfterMs: 1500 },
    });
    for (const kind of ['permanent', 'data', 'code'])
      expect(failure({ details: envelope({ class: kind }) })).toMatchObject({ class: kind, permanent: true });
  });

  test.each([
    null,
    7,
    {},
    { goalkeeper: 2, error: {} },
    envelope({ code: 'no code at all' }),
    envelope({ class: 'odd' }),
    { goalkeeper: 1, progress: { done: 1 } },
  ])('whose details are no envelope (%j) is read without', (details) => {
    expect(failure({ details })).toMatchObject({ code: 'unclassified', message: 'wrong value' });
  });

  test('says its causes, each once: the first two, and always the root', () => {
    const causes = ['connection refused', 'wrong', 'b', 'gone'];
    expect(failure({ causes }).message).toBe('wrong value: connection refused: …: gone');
    const [full, denied] = ['disk full', 'permission denied'].map((root) =>
      failure({ message: 'lorem '.repeat(100), causes: ['a', 'b', 'c', 'd', root] }),
    );
    expect(full?.message).toMatch(/^lorem .*: …: disk full$/);
    expect(full?.fingerprint).not.toBe(denied?.fingerprint);
  });

  test('keeps no secret, and no more details than are kept of any', () => {
    const secret = 'password=hunter2222';
    const told = failure({ message: secret, stack: secret, type: secret, causes: [secret] });
    expect(JSON.stringify(told)).not.toContain('hunter2222');
    const details = envelope({ message: secret, details: { secret } });
    expect(JSON.stringify(failure({ details }))).not.toContain('hunter2222');
    const large = failure({ details: envelope({ details: 'x'.repeat(2000) }) });
    expect(large.details).toEqual({ omitted: '2002 bytes; 1024 at most are kept' });
  });

  test('of Python keeps the end of a long stack, where the error was raised; of others the beginning', () => {
    const frame = (n: number) => `  File "/app/job-${n}.py", line ${n}, in run\n    call_${n}()\n`;
    const stack = Array.from({ length: 60 }, (_, n) => frame(n)).join('');
    const kept = failure({ stack }).stack ?? '';
    expect(kept.startsWith('  File "')).toBe(true);
    expect(kept.endsWith(frame(59))).toBe(true);
    expect(kept.length).toBeLessThanOrEqual(1000);
    const node = `Error: x\n${'    at f (/a.js:1:1)\n'.repeat(100)}`;
    expect(failure({ stack: node }).stack).toMatch(/^Error: x\n/);
  });
});

test('a timeout, a lost worker and what the engine refuses have codes of their own', () => {
  expect(workflowAttemptError({ kind: 'timeout', ms: 2000.4 })).toMatchObject({
    code: 'timeout',
    permanent: false,
  });
  expect(workflowAttemptError({ kind: 'lost' })).toMatchObject({
    code: 'worker_lost',
    class: 'infrastructure',
  });
  const refused = (message: string) =>
    workflowAttemptError({ kind: 'refused', message, nonRetryable: false });
  expect(refused('Complete result exceeds size limit.')).toMatchObject({
    code: 'output_too_large',
    permanent: true,
  });
  const oversize = '[TMPRL1103] Attempted to upload payloads with size that exceeded the error limit.';
  expect(failure({ type: 'PayloadsTooLarge', message: oversize })).toMatchObject({
    ...{ type: 'OutputTooLarge', code: 'output_too_large', class: 'data', permanent: true },
  });
  expect(failure({ type: 'PayloadsTooLarge', message: 'mine' })).toMatchObject({ permanent: false });
  expect(refused('something else')).toMatchObject({ code: 'engine_failed', permanent: false });
});

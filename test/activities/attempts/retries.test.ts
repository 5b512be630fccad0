// Which attempts a worker makes itself, one after the other, and which it leaves to the server.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Classified, classify } from '../../../activities/attempts/classify.ts';
import { Retries } from '../../../activities/attempts/retries.ts';
import { job, retryAfter } from '../../../goals/index.ts';
import { resolveRetry } from '../../../goals/policy.ts';
import { emptyLedger, type Ledger } from '../../../goals/wire/ledger.ts';

const time = {
  isCutShort: false,
  remainingMs: () => Number.POSITIVE_INFINITY,
  spareMs: () => Number.POSITIVE_INFINITY,
};
const retry = resolveRetry({ attempts: 8, delay: '100ms', backoff: 3, jitter: 0 });
const load = { ...job({ name: 'load', input: z.object({}), output: z.object({}) }), retry };
const retries = new Retries({ job: load }, {}, time, null);
const failed = classify(new Error('no'), retry);
const afterTry = (n: number, error: Classified = failed) => {
  const ledger: Ledger = { ...emptyLedger(), total: n - 1 };
  return retries.next(error, ledger, n, false);
};

// server-attempt.2
test('each retry that is quick is made here, the last of them too; what is slower the server times', () => {
  // After 100, 300 and 900 ms; then after 2.7 s.
  expect([1, 2, 3, 4].map((n) => afterTry(n).isHere)).toEqual([true, true, true, false]);
});

test('as many quick retries are made here as the policy has, though each would be quick', () => {
  const quick = { ...load, retry: resolveRetry({ attempts: 40, delay: '10ms', backoff: 1, jitter: 0 }) };
  const here = new Retries({ job: quick }, {}, time, null);
  const isHere = (n: number) => here.next(failed, { ...emptyLedger(), total: n - 1 }, n, false).isHere;
  expect([9, 10, 11].map(isHere)).toEqual([true, true, false]);
});

test('a wait that nobody waits is told with the refusal', () => {
  const asked = classify(retryAfter('99999999999', 'busy'), retry);
  expect(afterTry(1, asked)).toMatchObject({
    refusal: 'permanent',
    askedMs: 99_999_999_999_000,
    isHere: false,
  });
});

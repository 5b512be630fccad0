// Against a stand-in for Temporal that can be down; the real one is in test/engine/persistence/persistence.test.ts.

import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StruggleReporter } from '../../../activities/attempts/struggle.ts';
import { emptyLedger, enter, type Ledger } from '../../../goals/wire/ledger.ts';
import type { Persistence } from '../../../goals/wire/publication.ts';
import type { Struggle } from '../../../goals/wire/run-view.ts';

const START = Date.parse('2026-11-20T05:00:00Z');
const log = pino({ level: 'silent' });

interface Request {
  requestId: string;
  input: { payloads: never[] };
}

function bench() {
  const requests: Request[] = [];
  let down = false;
  const signalWorkflowExecution = async (request: Request): Promise<void> => {
    if (down) throw new Error('14 UNAVAILABLE');
    requests.push(request);
  };
  const context = {
    info: {
      activityId: 'load#1',
      namespace: 'default',
      workflowExecution: { workflowId: 'day:1', runId: 'an-execution' },
    },
    client: {
      options: {
        loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] },
        identity: 'w',
      },
      withDeadline: (_: number, make: () => Promise<unknown>) => make(),
      workflowService: { signalWorkflowExecution },
    },
  } as unknown as Context;
  const told = (): Struggle[] =>
    requests.map(({ input }) => defaultPayloadConverter.fromPayload(input.payloads[0] as never));
  return {
    requests,
    told,
    teller: (policy: Persistence, isTold = false) =>
      new StruggleReporter(policy, undefined, isTold, context, () => log),
    isDown: (is: boolean) => {
      down = is;
    },
  };
}

/** A ledger with errors of these codes, a second apart. */
function ledgerOf(...codes: string[]): Ledger {
  return codes.reduce((ledger, code, i) => {
    const at = new Date(START + i * 1000).toISOString();
    const error = { type: 'Error', code, message: `it is ${code}`, fingerprint: code, class: 'transient' };
    return enter(ledger, { ...error, server: i + 1, local: 1, at, ms: 1, worker: 'w' } as never, false);
  }, emptyLedger());
}

beforeEach(() => {
  vi.useFakeTimers({ now: START + 5_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('errors persist', () => {
  test('after so many attempts, not before', async () => {
    const { teller, told } = bench();
    const one = teller({ attempts: 3, afterMs: null });
    await one.consider(ledgerOf('down', 'down'), 0);
    expect([one.told, told()]).toEqual([false, []]);
    await one.consider(ledgerOf('down', 'busy', 'gone'), 0);
    expect(one.told).toBe(true);
    expect(told()).toEqual([
      {
        ...{
          step: 'load#1',
          next: '2026-11-20T05:00:05.000Z',
          since: new Date(START).toISOString(),
          attempts: 3,
        },
        ...{ code: 'gone', message: 'it is gone', fingerprint: 'gone' },
      },
    ]);
  });

  test('after so long, or when no attempt can change it before', async () => {
    const { teller, told } = bench();
    const policy = { attempts: null, afterMs: 60_000 };
    await teller(policy).consider(ledgerOf('down'), 54_999);
    expect(told()).toEqual([]);
    await teller(policy).consider(ledgerOf('down'), 55_000);
    expect(told()).toHaveLength(1);
    vi.setSystemTime(START + 60_000);
    await teller(policy).consider(ledgerOf('down'), 0);
    expect(told()).toHaveLength(2);
  });

  test('not by what is no error of the job: a worker that was told to stop', async () => {
    const { teller, told } = bench();
    const stops = ['worker_stopped', 'worker_stopped', 'worker_stopped'];
    const one = teller({ attempts: 3, afterMs: 1000 });
    await one.consider(ledgerOf(...stops), 3_600_000);
    expect(told()).toEqual([]);
    await teller({ attempts: 3, afterMs: null }).consider(ledgerOf(...stops, 'down', 'down'), 0);
    expect(told()).toEqual([]);
    // Since the first that counts.
    await one.consider(ledgerOf(...stops, 'down'), 0);
    expect(told().map(({ since }) => since)).toEqual([new Date(START + 3_000).toISOString()]);
  });
});

describe('a run is told', () => {
  const policy = { attempts: 1, afterMs: null };

  test('once, and by no worker that has heard that it was told', async () => {
    const { teller, requests } = bench();
    const one = teller(policy);
    await one.consider(ledgerOf('down'), 0);
    await one.consider(ledgerOf('down', 'down'), 0);
    await teller(policy, true).consider(ledgerOf('down', 'down', 'down'), 0);
    expect(requests).toHaveLength(1);
  });

  test('under the same request ID by a worker that has not heard, so that the server knows it again', async () => {
    const { teller, requests } = bench();
    for (let i = 0; i < 2; i++) await teller(policy).consider(ledgerOf('down'), 0);
    expect(requests.map(({ requestId }) => requestId)).toEqual([
      'an-execution/load#1/gk-struggling',
      'an-execution/load#1/gk-struggling',
    ]);
  });

  test('by the next attempt, when Temporal could not be reached; the attempt does not mind', async () => {
    const { teller, told, isDown } = bench();
    const one = teller(policy);
    isDown(true);
    await one.consider(ledgerOf('down'), 0);
    expect(one.told).toBe(false);
    isDown(false);
    await one.consider(ledgerOf('down', 'down'), 0);
    expect(told()).toMatchObject([{ attempts: 2 }]);
  });

  test('while an attempt is under way, unless it has ended before', async () => {
    const { teller, told } = bench();
    const slow = { attempts: null, afterMs: 60_000 };
    const end = teller(slow).watch(ledgerOf('down'));
    await vi.advanceTimersByTimeAsync(54_000);
    end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told()).toEqual([]);
    teller(slow).watch(emptyLedger());
    teller(slow, true).watch(ledgerOf('down'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told()).toEqual([]);
    vi.setSystemTime(START);
    teller(slow).watch(ledgerOf('down'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told()).toHaveLength(1);
  });
});

// One lease: waits until what a run created is needed no more, and tears it down, however often it takes.
//
// lease.1. The teardown begins when the lease is released, the run closes in whatever way (the engine then cancels this
//     workflow, also after a terminate), or the time to live is over: whichever comes first.
// lease.2. It ends only with a teardown that succeeded. One that failed for good is made again: by itself, and when asked.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { Call } from '../../goals/wire/call.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import {
  type LeaseEnd,
  type LeaseState,
  type LeaseTerms,
  type LeaseWhy,
  leaseTermsSchema,
} from '../../goals/wire/lease.ts';
import { searchAttributes, signalNames } from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { jobActivity } from '../steps/job-activity.ts';
import { engineFailure, jobFailure } from '../steps/step-failure.ts';
import { notifyAlerts } from './notify-alerts.ts';

/** Between a teardown that has failed for good and the next: doubled each time. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Some three weeks. Then only an operator has it tried again: its history stays bounded. */
const ROUNDS_BY_ITSELF = 500;

const release = defineSignal(signalNames.releaseLease);
const retry = defineSignal<[unknown]>(signalNames.retryLease);

export async function lease(given: unknown): Promise<LeaseEnd> {
  const terms = leaseTermsSchema.safeParse(given);
  if (!terms.success)
    throw ApplicationFailure.nonRetryable(`the terms of a lease are wrong: ${z.prettifyError(terms.error)}`);
  const closed = CancellationScope.current().cancelRequested.catch(() => 'closed' as const);
  return CancellationScope.nonCancellable(async () => {
    const why = await neededNoMore(terms.data, closed);
    let isAsked = false;
    setHandler(retry, () => {
      isAsked = true;
    });
    for (let round = 1; ; round++) {
      become('cleaning');
      const failure = await tearDown(terms.data, round);
      // lease.2: the one way out.
      if (failure === null) return { why };
      // What is asked for from here on counts.
      isAsked = false;
      become('stuck');
      const { goal: name, team, owner } = terms.data;
      if (round === 1) await notifyAlerts('lease-stuck', { name, team, owner }, failure);
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1));
      if (round < ROUNDS_BY_ITSELF) await condition(() => isAsked, pause);
      else await condition(() => isAsked);
    }
  });
}

async function neededNoMore(
  { expiresAt }: LeaseTerms,
  closed: Promise<never> | Promise<'closed'>,
): Promise<LeaseWhy> {
  let isReleased = false;
  setHandler(release, () => {
    isReleased = true;
  });
  const left = Math.max(1, Date.parse(expiresAt) - Date.now());
  const ended = condition(() => isReleased, left).then((released) => (released ? 'released' : 'expired'));
  // lease.1
  return Promise.race([closed, ended]);
}

/** A use of the teardown's job, with the attempts that its policy allows: its failure, or null when it succeeded. */
async function tearDown(terms: LeaseTerms, round: number): Promise<Failure | null> {
  const { job, input, startToCloseMs, heartbeatMs, queue, attempts } = terms;
  const path = `${job}#${round}`;
  const activities = proxyActivities<Record<string, (input: unknown, call: Call) => Promise<unknown>>>({
    activityId: path,
    summary: boundedText(JSON.stringify(input) ?? '', 100),
    startToCloseTimeout: startToCloseMs,
    heartbeatTimeout: heartbeatMs,
    // As for any step: the wrapper counts the attempts. Another worker has none, so the server counts.
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
    ...(queue === null
      ? {}
      : {
          taskQueue: queue,
          retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: attempts },
        }),
  });
  try {
    await jobActivity(activities, job)(input, {});
    return null;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { cause, message } = error;
    if (cause instanceof ApplicationFailure) return jobFailure(path, job, cause);
    return engineFailure(path, job, cause?.message ?? message);
  }
}

const become = (state: LeaseState): void =>
  upsertSearchAttributes([{ key: { name: searchAttributes.state, type: 'KEYWORD' as const }, value: state }]);

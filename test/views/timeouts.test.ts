// What the server itself says of an activity: it happens when no worker is there to say it better.

import type { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { emptyLedger, enter } from '../../goals/wire/ledger.ts';
import { runView } from '../../views/run-view.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

const encode = (value: unknown) => ({
  payloads: [
    {
      metadata: { encoding: new TextEncoder().encode('json/plain') },
      data: new TextEncoder().encode(JSON.stringify(value)),
    },
  ],
});
const at = (second: number) => ({ seconds: second as never, nanos: 0 });

const ledger = enter(
  emptyLedger(),
  {
    server: 1,
    local: 1,
    at: '1970-01-01T00:00:03.000Z',
    ms: 5,
    type: 'Error',
    code: 'ECONNRESET',
    message: 'connection reset',
    fingerprint: '0123456789abcdef',
    class: 'transient',
    worker: '1@host',
  },
  false,
);

const view = (...ends: Event[]) =>
  runView({
    id: 'load:1',
    execution: 'x',
    pendingActivities: [],
    now: 0,
    events: [
      {
        eventId: 1 as never,
        eventTime: at(1),
        workflowExecutionStartedEventAttributes: { workflowType: { name: 'load' } },
      },
      {
        eventId: 2 as never,
        eventTime: at(2),
        activityTaskScheduledEventAttributes: {
          activityId: 'load-day#1',
          activityType: { name: 'load-day' },
        },
      },
      ...ends,
      {
        eventId: 9 as never,
        eventTime: at(9),
        workflowExecutionTerminatedEventAttributes: { reason: 'over', identity: 'me' },
      },
    ],
  });

const started = (attempt: number): Event => ({
  eventId: 3 as never,
  eventTime: at(4),
  activityTaskStartedEventAttributes: { scheduledEventId: 2 as never, attempt },
});

const timedOut = (timeoutType: number, startedEventId: number, heartbeat?: unknown): Event => ({
  eventId: 4 as never,
  eventTime: at(5),
  activityTaskTimedOutEventAttributes: {
    scheduledEventId: 2 as never,
    startedEventId: startedEventId as never,
    failure: {
      message: 'activity timeout',
      timeoutFailureInfo: {
        timeoutType,
        ...(heartbeat === undefined ? {} : { lastHeartbeatDetails: encode(heartbeat) }),
      },
    },
  },
});

const told = ({ run, errors }: ReturnType<typeof view>) => ({
  state: run.steps[0]?.state,
  attempts: run.steps[0]?.attempts,
  errors: errors.map(({ attempt, code }) => [attempt, code]),
});

test.each([
  ['start-to-close', 1],
  ['schedule-to-close', 3],
  ['heartbeat', 4],
])(
  'an attempt that the server ended by its %s timeout was lost, after the errors that it had told',
  (_, type) => {
    expect(told(view(started(2), timedOut(type, 3, { gk: 1, ledger })))).toEqual({
      state: 'failed',
      attempts: 2,
      errors: [
        [1, 'ECONNRESET'],
        [2, 'worker_lost'],
      ],
    });
  },
);

test('a step that waited for its next attempt when time was up lost none', () => {
  expect(told(view(timedOut(3, 0, { gk: 1, ledger })))).toEqual({
    state: 'failed',
    attempts: 1,
    errors: [[1, 'ECONNRESET']],
  });
});

test('a step that no worker ever took has no error: nothing was tried', () => {
  expect(told(view(timedOut(3, 0)))).toEqual({ state: 'failed', attempts: 0, errors: [] });
});

test('an attempt that failed while a cancellation was on its way is an error of a cancelled step', () => {
  const failed: Event = {
    eventId: 4 as never,
    eventTime: at(5),
    activityTaskFailedEventAttributes: {
      scheduledEventId: 2 as never,
      retryState: 7,
      failure: {
        message: 'connection reset',
        applicationFailureInfo: { type: 'Error', details: encode({ ledger, reason: 'retried' }) },
      },
    },
  };
  expect(told(view(started(1), failed))).toEqual({
    state: 'cancelled',
    attempts: 1,
    errors: [[1, 'ECONNRESET']],
  });
});

test('an attempt that the closing run saw under way, and that was waiting when it was cancelled, shows as a gap', () => {
  const marker: Event = {
    eventId: 3 as never,
    eventTime: at(4),
    markerRecordedEventAttributes: {
      markerName: 'core_local_activity',
      details: {
        data: encode({ activity_type: 'gk-pending-ledgers' }),
        result: encode({ 'load-day#1': { ...ledger, running: true } }),
      },
    },
  };
  const cancelled = (details?: unknown): Event => ({
    eventId: 4 as never,
    eventTime: at(5),
    activityTaskCanceledEventAttributes: {
      scheduledEventId: 2 as never,
      ...(details === undefined ? {} : { details: encode(details) }),
    },
  });
  expect(told(view(marker, cancelled())).errors).toEqual([
    [1, 'ECONNRESET'],
    [2, 'attempt_untold'],
  ]);
  // It was told to stop in mid-attempt: a cancellation is no error.
  expect(told(view(marker, cancelled({ ledger }))).errors).toEqual([[1, 'ECONNRESET']]);
});
